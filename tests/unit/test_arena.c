#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/pages.h"
#include "harness.h"

static struct arena arena;

static void release(void)
{
    arena_release(&arena);
}

START_TEST(blocks_are_aligned_zeroed_and_apart)
{
    unsigned char *previous = NULL;
    for (size_t size = 1; size < 400; size += 7) {
        unsigned char *block = arena_alloc(&arena, size, 1);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % 64, 0);
        for (size_t i = 0; i < size; i++)
            ck_assert_uint_eq(block[i], 0);
        memset(block, 0xaa, size);
        if (previous)
            ck_assert_uint_eq(previous[0], 0xaa);
        previous = block;
    }
}
END_TEST

START_TEST(an_empty_block_is_not_null)
{
    ck_assert_ptr_nonnull(arena_alloc(&arena, 0, 8));
    ck_assert_ptr_nonnull(arena_alloc(&arena, 8, 0));
}
END_TEST

START_TEST(sizes_that_overflow_give_null)
{
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX, 2));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX / 8 + 2, 8));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX, 1));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 70, 1));
    ck_assert_uint_eq(arena.total, 0);
}
END_TEST

START_TEST(a_large_block_leaves_the_room_of_the_current_chunk_in_use)
{
    const size_t size = PAGES_UNIT - 64; /* fills its chunk but for the header */
    unsigned char *first = arena_alloc(&arena, 64, 1);
    unsigned char *large = arena_alloc(&arena, size, 1);
    unsigned char *second = arena_alloc(&arena, 64, 1);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(large);
    ck_assert_ptr_eq(second, first + 64);
    memset(large, 1, size);
    ck_assert_uint_eq(first[0], 0);
}
END_TEST

START_TEST(large_blocks_are_aligned_zeroed_and_share_chunks)
{
    enum { COUNT = 40 };
    for (size_t i = 0; i < COUNT; i++) {
        const size_t size = 300000 + 64 * i;
        unsigned char *block = arena_alloc(&arena, size, 1);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % 64, 0);
        ck_assert(block[0] == 0 && !memcmp(block, block + 1, size - 1));
        memset(block, 0xaa, size);
    }
    ck_assert_uint_ge(arena.total, COUNT * 300000);
    ck_assert_uint_lt(arena.total, COUNT * 303000);
}
END_TEST

/* Blocks of 1 MiB: the places of the second and third are one gap. */
START_TEST(what_is_discarded_makes_room_for_large_blocks)
{
    enum { COUNT = 5, SIZE = 1 << 20 };
    unsigned char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = arena_alloc(&arena, SIZE, 1);
        memset(blocks[i], i + 1, SIZE);
    }
    size_t before = arena.total;
    arena_discard(&arena, (struct arena_range){blocks[2], SIZE});
    arena_discard(&arena, (struct arena_range){blocks[1], SIZE});
    ck_assert_uint_eq(arena.total, before - 2 * SIZE);
    unsigned char *gap = blocks[1] < blocks[2] ? blocks[1] : blocks[2];
    bool neighbours = gap + SIZE == blocks[1] || gap + SIZE == blocks[2];
    unsigned char *small = arena_alloc(&arena, 64, 1), *large = arena_alloc(&arena, SIZE / 2, 1);
    ck_assert(small < gap || small >= gap + SIZE);
    ck_assert(large == blocks[1] || large == blocks[2]);
    ck_assert(large[0] == 0 && !memcmp(large, large + 1, SIZE / 2 - 1));
    unsigned char *wide = arena_alloc_unset(&arena, 3 * (SIZE / 2), 1);
    if (neighbours)
        ck_assert_ptr_eq(wide, large + SIZE / 2);
    memset(wide, 9, 3 * (SIZE / 2));
    for (int i = 0; i < COUNT; i++)
        if (i != 1 && i != 2)
            ck_assert(blocks[i][0] == i + 1 && !memcmp(blocks[i], blocks[i] + 1, SIZE - 1));
}
END_TEST

START_TEST(a_trimmed_arena_keeps_its_blocks_and_hands_no_gap_out)
{
    enum { SIZE = 3 << 20 };
    unsigned char *first = arena_alloc(&arena, SIZE, 1), *second = arena_alloc(&arena, SIZE, 1);
    memset(first, 1, SIZE);
    memset(second, 2, SIZE);
    size_t before = arena.total;
    arena_discard(&arena, (struct arena_range){first, SIZE});
    arena_trim(&arena);
    arena_trim(&arena);
    ck_assert_uint_eq(arena.total, before - SIZE);
    ck_assert_ptr_ne(arena_alloc(&arena, SIZE, 1), first);
    ck_assert(second[0] == 2 && !memcmp(second, second + 1, SIZE - 1));
}
END_TEST

START_TEST(what_lies_elsewhere_is_left_alone)
{
    static unsigned char elsewhere[1 << 17];
    memset(elsewhere, 7, sizeof elsewhere);
    unsigned char *block = arena_alloc(&arena, 1000, 1);
    size_t before = arena.total;
    arena_discard(&arena, (struct arena_range){elsewhere, sizeof elsewhere});
    arena_discard(&arena, (struct arena_range){block, sizeof elsewhere});
    arena_discard(&arena, (struct arena_range){block, 1000}); /* too small */
    arena_trim(&arena);
    ck_assert_uint_eq(arena.total, before);
    ck_assert(elsewhere[0] == 7 && !memcmp(elsewhere, elsewhere + 1, sizeof elsewhere - 1));
}
END_TEST

START_TEST(many_small_blocks_spread_over_chunks)
{
    unsigned char *blocks[5000];
    for (size_t i = 0; i < 5000; i++) {
        blocks[i] = arena_alloc(&arena, 48, 1);
        ck_assert_ptr_nonnull(blocks[i]);
        memset(blocks[i], (int)(i % 251), 48);
    }
    for (size_t i = 0; i < 5000; i++)
        ck_assert_uint_eq(blocks[i][47], i % 251);
    ck_assert_uint_ge(arena.total, 5000 * 64);
}
END_TEST

START_TEST(texts_are_copied_and_formatted)
{
    char source[] = "layer1";
    char *copy = arena_strdup(&arena, source);
    source[0] = 'p';
    ck_assert_str_eq(copy, "layer1");
    ck_assert_str_eq(arena_strdup(&arena, ""), "");
    ck_assert_str_eq(arena_printf(&arena, "%s.%d", "se", 12), "se.12");
}
END_TEST

START_TEST(a_released_arena_can_be_used_again)
{
    arena_alloc(&arena, 100, 100);
    arena_release(&arena);
    ck_assert_uint_eq(arena.total, 0);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 1, 1));
    arena_release(&arena);
    arena_release(&arena);
}
END_TEST

START_TEST(collapsed_blocks_keep_their_contents)
{
    const size_t count = (size_t)3 << 20;
    arena_collapse(&arena); /* of nothing */
    float *small = arena_alloc(&arena, 100, sizeof *small), *large = arena_alloc(&arena, count, sizeof *large);
    ck_assert_ptr_nonnull(small);
    ck_assert_ptr_nonnull(large);
    for (size_t i = 0; i < count; i++)
        large[i] = (float)i;
    arena_collapse(&arena);
    size_t changed = 0; /* counted: an assertion for each of millions takes a sanitizer's minute */
    for (size_t i = 0; i < count; i++)
        changed += large[i] != (float)i;
    for (size_t i = 0; i < 100; i++)
        changed += small[i] != 0;
    ck_assert_uint_eq(changed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *tests = tcase_create("arena");
    tcase_add_checked_fixture(tests, NULL, release);
    tcase_add_test(tests, blocks_are_aligned_zeroed_and_apart);
    tcase_add_test(tests, an_empty_block_is_not_null);
    tcase_add_test(tests, sizes_that_overflow_give_null);
    tcase_add_test(tests, a_large_block_leaves_the_room_of_the_current_chunk_in_use);
    tcase_add_test(tests, large_blocks_are_aligned_zeroed_and_share_chunks);
    tcase_add_test(tests, what_is_discarded_makes_room_for_large_blocks);
    tcase_add_test(tests, a_trimmed_arena_keeps_its_blocks_and_hands_no_gap_out);
    tcase_add_test(tests, what_lies_elsewhere_is_left_alone);
    tcase_add_test(tests, many_small_blocks_spread_over_chunks);
    tcase_add_test(tests, texts_are_copied_and_formatted);
    tcase_add_test(tests, a_released_arena_can_be_used_again);
    tcase_add_test(tests, collapsed_blocks_keep_their_contents);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
