"""How many places a window has, and what is padded: against windows that are laid out one by one."""

import itertools

import pytest

from kerasflow.core.windows import axes, channel_axis, places, spatial


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("rate", [1, 2, 4])
def test_windows_lie_where_they_are_said_to(stride, rate):
    for size, window in itertools.product(range(1, 12), range(1, 5)):
        reach = (window - 1) * rate + 1
        (same,) = axes([size], [window], [stride], [rate], "SAME")
        starts = range(-same.before, same.size + same.after - reach + 1, stride)
        assert same.count == len(starts) == -(-size // stride)
        assert same.after - same.before in (0, 1)
        assert same.before == 0 or starts[-1] + reach == size + same.after  # no more is padded than is looked at
        for before, after in ((0, 0), (2, 1)):
            fits = [s for s in range(-before, size + after, stride) if s + reach <= size + after]
            if fits:
                (axis,) = axes([size], [window], [stride], [rate], "EXPLICIT", [(before, after)])
                assert (axis.before, axis.after, axis.count) == (before, after, len(fits))
            else:
                with pytest.raises(ValueError, match=f"subtracting {reach} from {size + before + after}"):
                    places(size, window, stride, rate, "EXPLICIT", (before, after))


def test_what_is_not_known():
    assert places(None, 3, 1, 1, "SAME") is None
    assert places(7, None, 2, 1, "VALID") is None
    assert places(7, None, 2, 1, "SAME") == 4  # whatever the window is
    assert places(0, 3, 2, 1, "SAME") == 0
    with pytest.raises(ValueError, match="at least one element"):
        places(None, 0, 1, 1, "VALID")


@pytest.mark.parametrize(
    ("form", "along", "channels"), [("NHWC", (1, 2), 3), ("NCDHW", (2, 3, 4), 1), ("NCW", (2,), 1)]
)
def test_formats_name_axes(form, along, channels):
    assert spatial(form) == along
    assert channel_axis(form) == channels
