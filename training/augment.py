"""What is done to a batch of normalised images, N x 3 x H x W, before the network sees it."""
import torch


def crop_and_flip(images, indices, epoch, generator, padding=4):
    """Random crop after reflection padding, and a horizontal flip.

    An image is seen as it is in one epoch and flipped in the next (half of them begin flipped): two epochs show
    both views of all, where a coin would show a quarter of them one view twice. `indices` are the images' own.
    """
    count, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, (padding,) * 4, mode="reflect")
    top = torch.randint(0, 2 * padding + 1, (count,), generator=generator)
    left = torch.randint(0, 2 * padding + 1, (count,), generator=generator)
    rows = top[:, None] + torch.arange(height)
    columns = left[:, None] + torch.arange(width)
    flipped = (indices * 0x9E3779B1 >> 16) + epoch & 1 == 1
    columns = torch.where(flipped[:, None], columns.flip(1), columns)
    return padded[torch.arange(count)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def inside_squares(shape, size, generator):
    """N x H x W: whether a pixel lies in its image's square of `size` pixels, which may hang over the edge."""
    count, _, height, width = shape
    rows = torch.arange(height) - torch.randint(0, height, (count, 1), generator=generator)
    columns = torch.arange(width) - torch.randint(0, width, (count, 1), generator=generator)
    inside = [(offset >= -(size // 2)) & (offset < size - size // 2) for offset in (rows, columns)]
    return inside[0][:, :, None] & inside[1][:, None, :]


def cut_out(images, size, generator):
    """In place: one square of `size` pixels an image becomes 0, the mean once normalised (arXiv:1708.04552)."""
    return images.masked_fill_(inside_squares(images.shape, size, generator)[:, None], 0)


# Each takes images, the same images in another order and the share of the first, and returns the mixture and the
# share of the first in it.

def mixup(images, others, share, generator):
    """A weighted sum (arXiv:1710.09412)."""
    return share * images + (1 - share) * others, share


def cutmix(images, others, share, generator):
    """A rectangle is the other image's (arXiv:1905.04899). Its edges are cut off at the border, so the share is
    counted again."""
    height, width = images.shape[2:]
    half = (1 - share) ** 0.5 / 2
    row, column = (int(torch.randint(0, length, (), generator=generator)) for length in (height, width))
    top, bottom = (min(height, max(0, round(row + sign * half * height))) for sign in (-1, 1))
    left, right = (min(width, max(0, round(column + sign * half * width))) for sign in (-1, 1))
    mixed = images.clone()
    mixed[:, :, top:bottom, left:right] = others[:, :, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)


MIXTURES = {"mixup": mixup, "cutmix": cutmix}


class Mixer:
    """Mixes each batch with itself in another order. `strengths` is {"mixup": alpha, ...}; a batch is given one of
    those above zero. A share is drawn from Beta(alpha, alpha)."""

    def __init__(self, strengths, draw):
        self.strengths = {name: alpha for name, alpha in strengths.items() if alpha > 0}
        self.draw = draw  # a random.Random: torch draws no Beta with a generator of one's own

    def __call__(self, images, labels, generator):
        """Returns images, the labels of the second image of each, and the share of the first."""
        if not self.strengths:
            return images, labels, 1.0
        name = self.draw.choice(sorted(self.strengths))
        share = self.draw.betavariate(self.strengths[name], self.strengths[name])
        order = torch.randperm(len(images), generator=generator)
        mixed, share = MIXTURES[name](images, images[order], share, generator)
        return mixed, labels[order], share
