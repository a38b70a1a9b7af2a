"""What every store holds about texts, numbers and times, whichever port they come through."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from assay.core.costs import Cost, CostSource
from assay.core.datasets import Datapoint
from assay.core.errors import AssayError, InvalidInputError
from assay.core.ports import Store
from assay.core.results import ItemKey
from assay.core.scores import Score
from assay.testing.samples import a_moment, a_result, a_run


class TextContract:
    """Exactness."""

    @pytest.mark.parametrize(
        "text",
        ["", "\x00", "a\x00b\x1a0\x1a1", "\x1a", "é\u202e𝄞\ufeff\uffff", "'; --", "%_\\", "\r\n\t"],
    )
    def test_every_text_survives_everywhere(self, store: Store, text: str) -> None:
        """In ids, names, errors, reasons, outputs and keys of mappings."""
        run = a_run(f"run{text}", name=text, metadata={text: text})
        store.create_run(run)
        score = Score(text, label=text, reason=text, details={text: [text]})
        item = a_result(f"d{text}", output={text: text}, error=text, scores=(score,))
        store.write_results(run.id, [item])
        assert store.get_run(run.id) == run
        assert store.get_result(run.id, item.key) == item
        point = Datapoint(f"d{text}", {text: text})
        version = store.add_dataset(f"set{text}", [point])
        assert store.find_dataset(f"set{text}") == version
        assert store.get_datapoints(version.id, [point.id]) == {point.id: point}

    @pytest.mark.parametrize(
        "number",
        [1e16, 1e300, 5e-324, -0.0, 0.1 + 0.2, 2**53 + 1, 2**64, -(2**70), 10**30, 1.0, 1],
    )
    def test_every_number_keeps_value_and_type(self, store: Store, number: float) -> None:
        """Inside JSON, where databases like to change them."""
        store.create_run(a_run())
        store.write_results("run-1", [a_result(output=[number])])
        output = store.get_result("run-1", ItemKey("d0", 0)).output
        assert [repr(number)] == [repr(each) for each in output]

    @pytest.mark.parametrize("amount", ["0", "0.000000000000000001", "123456789.10", "-3", "1E+5"])
    def test_money_is_exact(self, store: Store, amount: str) -> None:
        """To the last digit."""
        store.create_run(a_run())
        cost = Cost(Decimal(amount), CostSource.BILLED)
        store.write_results("run-1", [a_result(cost=cost)])
        assert store.get_result("run-1", ItemKey("d0", 0)).cost == cost

    @pytest.mark.parametrize(
        "moment",
        [
            a_moment(0.000001),
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(1, 1, 2, tzinfo=UTC),
            datetime(9999, 12, 30, tzinfo=UTC),
            datetime(2030, 6, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        ],
    )
    def test_times_are_exact_and_come_back_in_utc(self, store: Store, moment: datetime) -> None:
        """To the microsecond, whatever zone they were given in."""
        run = store.create_run(a_run(created_at=moment))
        stored = store.get_run(run.id).created_at
        assert moment == stored
        assert stored.utcoffset() == timedelta(0)

    def test_a_time_without_a_zone_is_refused(self, store: Store) -> None:
        """It would mean something else on every machine."""
        with pytest.raises(InvalidInputError, match="time zone"):
            store.create_run(a_run(created_at=datetime(2030, 1, 1)))  # noqa: DTZ001 - on purpose

    def test_a_lone_surrogate_is_refused_by_name(self, store: Store) -> None:
        """In outputs, in ids and in datapoints; nothing is stored."""
        store.create_run(a_run())
        for broken in (a_result(output="\ud800"), a_result(error="\udfff")):
            with pytest.raises(AssayError, match=r"lone surrogate U\+D"):
                store.write_results("run-1", [a_result("d1"), broken])
        with pytest.raises(AssayError, match=r"lone surrogate U\+D800"):
            store.add_dataset("sums", [Datapoint("d", {"q": "\ud800"})])
        assert store.count_results("run-1") == {}
        assert store.list_datasets().total == 0

    def test_an_output_of_megabytes_survives(self, store: Store) -> None:
        """Size is no reason to refuse."""
        store.create_run(a_run())
        big = a_result(output={"text": "long " * 1_000_000})
        store.write_results("run-1", [big])
        assert store.get_result("run-1", big.key) == big
