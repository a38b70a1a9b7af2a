"""Figures for people: what is unknown is a dash, never a zero."""

import pytest

from assay.apps.cli import figures


def test_unknown_is_a_dash_everywhere():
    unknown = [
        figures.percent(None),
        figures.points(None),
        figures.score(None),
        figures.p_value(None),
        figures.seconds(None),
        figures.dollars(None),
    ]
    assert {"–"} == set(unknown)


def test_zero_is_a_zero():
    assert ["0.0 %", "+0.0 pp", "0.000", "< 0.0001", "$0.00"] == [
        figures.percent(0.0),
        figures.points(0.0),
        figures.score(0.0),
        figures.p_value(0.0),
        figures.dollars("0"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1", "$1.00"), ("0.5", "$0.50"), ("0.00124442", "$0.00124442"), ("1E-7", "$0.0000001")],
)
def test_every_digit_of_a_cost_is_shown(text: str, shown: str):
    assert shown == figures.dollars(text)


def test_intervals_are_bracketed_and_absent_ones_are_empty():
    assert "[12.5, 25.0]" == figures.percent_interval((0.125, 0.25))
    assert "[0.125, 0.250]" == figures.score_interval((0.125, 0.25))
    assert ["", ""] == [figures.percent_interval(None), figures.score_interval(None)]


def test_differences_carry_their_sign():
    assert ["+12.5 pp", "-12.5 pp"] == [figures.points(0.125), figures.points(-0.125)]
    assert "+0.125" == figures.score(0.125, signed=True)


def test_durations_keep_three_digits():
    assert ["0.500 s", "12.3 s"] == [figures.seconds(0.5), figures.seconds(12.34)]
