#include "base/arena.h"

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

/* Five blocks of 1 MiB: the second, third and fifth are not needed any more. */
START_TEST(what_is_discarded_does_not_count_and_what_is_kept_stays)
{
    enum { COUNT = 5, SIZE = 1 << 20 };
    unsigned char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = arena_alloc(&arena, SIZE, 1);
        memset(blocks[i], i + 1, SIZE);
    }
    size_t before = arena.total;
    arena_discard(&arena, (struct arena_range){blocks[1], SIZE});
    ck_assert_uint_le(arena.total, before - SIZE + 2 * 65536); /* but for the pages at its edges */
    ck_assert_uint_eq(blocks[0][SIZE - 1], 1);
    ck_assert_uint_eq(blocks[2][0], 3);
    struct arena_range kept[] = {{blocks[3] + 100, SIZE - 100}, {blocks[0], SIZE}, {kept, 8}};
    arena_discard_all_but(&arena, kept, 3);
    ck_assert_uint_ge(arena.total, 2 * SIZE - 65536);
    ck_assert_uint_le(arena.total, 2 * SIZE + 4 * 65536);
    ck_assert(blocks[0][0] == 1 && !memcmp(blocks[0], blocks[0] + 1, SIZE - 1));
    ck_assert(blocks[3][100] == 4 && !memcmp(blocks[3] + 100, blocks[3] + 101, SIZE - 101));
    unsigned char *next = arena_alloc(&arena, 1, 1);
    ck_assert(next < blocks[0] || next >= blocks[0] + SIZE);
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
    ck_assert_uint_eq(arena.total, before);
    ck_assert(elsewhere[0] == 7 && !memcmp(elsewhere, elsewhere + 1, sizeof elsewhere - 1));
    arena_discard_all_but(&arena, NULL, 0);
    ck_assert_uint_eq(arena.total, 0);
    ck_assert_ptr_null(arena.chunks);
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
    tcase_add_test(tests, what_is_discarded_does_not_count_and_what_is_kept_stays);
    tcase_add_test(tests, what_lies_elsewhere_is_left_alone);
    tcase_add_test(tests, many_small_blocks_spread_over_chunks);
    tcase_add_test(tests, texts_are_copied_and_formatted);
    tcase_add_test(tests, a_released_arena_can_be_used_again);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
