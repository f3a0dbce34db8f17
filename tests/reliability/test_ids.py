"""Ids are different from each other, in every thread and in every process."""

import multiprocessing
from multiprocessing.queues import SimpleQueue

from reliability.ids import uuid7

RANDOM_BITS = (1 << 62) - 1


def _tell_random_bits(answers: "SimpleQueue[int]") -> None:
    answers.put(uuid7().int & RANDOM_BITS)


def test_ids_sort_in_the_order_in_which_they_are_made() -> None:
    ids = [uuid7() for _ in range(100)]
    assert len(set(ids)) == 100
    assert [id.int >> 80 for id in ids] == sorted(id.int >> 80 for id in ids)


def test_forked_processes_do_not_hand_out_the_random_bits_of_their_parent() -> None:
    uuid7()
    fork = multiprocessing.get_context("fork")
    answers: SimpleQueue[int] = fork.SimpleQueue()
    children = [fork.Process(target=_tell_random_bits, args=(answers,)) for _ in range(2)]
    for child in children:
        child.start()
    told = {answers.get() for _ in children}
    for child in children:
        child.join(10)
    assert len(told | {uuid7().int & RANDOM_BITS}) == 3
