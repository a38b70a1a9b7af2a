"""Two versions of a dataset, compared."""

from dataclasses import replace

from hypothesis import given

from assay.core.dataset_diffs import diff_datapoints, field_changes
from assay.core.datasets import Datapoint
from assay.testing.samples import some_datapoints
from assay.testing.strategies import datapoints


def test_added_removed_and_changed_datapoints_are_told_apart() -> None:
    old = some_datapoints(3)
    new = [replace(old[1], ground_truth={"answer": 5}), old[2], Datapoint("new", {})]

    diff = diff_datapoints(old, new)

    assert (("new",), ("d0",), 1, False) == (
        diff.added,
        diff.removed,
        diff.unchanged,
        diff.reordered,
    )
    assert [("d1", ["ground_truth.answer"])] == [
        (change.id, [field.path for field in change.fields]) for change in diff.changed
    ]
    assert (2, 5) == (diff.changed[0].fields[0].old, diff.changed[0].fields[0].new)


@given(datapoints())
def test_a_version_differs_in_nothing_from_itself(points: list[Datapoint]) -> None:
    diff = diff_datapoints(points, points)

    assert ((), (), (), False) == (diff.added, diff.removed, diff.changed, diff.reordered)
    assert len(points) == diff.unchanged


@given(datapoints(), datapoints())
def test_swapping_the_versions_mirrors_the_difference(
    old: list[Datapoint], new: list[Datapoint]
) -> None:
    there, back = diff_datapoints(old, new), diff_datapoints(new, old)

    assert (there.added, there.removed) == (back.removed, back.added)
    assert {each.id for each in there.changed} == {each.id for each in back.changed}
    assert there.unchanged == back.unchanged
    assert len(new) == len(there.added) + len(there.changed) + there.unchanged


def test_order_alone_is_told() -> None:
    points = some_datapoints(2)
    assert diff_datapoints(points, points[::-1]).reordered


def test_null_and_absence_one_and_true_are_not_the_same() -> None:
    changes = field_changes({"a": None, "n": 1, "l": [1]}, {"n": True, "l": [1.0], "b": None})

    assert [("a", True, False), ("n", True, True), ("l", True, True), ("b", False, True)] == [
        (change.path, change.had, change.has) for change in changes
    ]
