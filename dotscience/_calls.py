"""The recording calls in all the forms the original has, over ten that a subclass provides.

``x(…)`` records and returns its value, ``add_x(…)`` records one, ``add_xs(…)`` several: keywords
first, then positional pairs. ``summary`` is the older name of ``metric``. New beside the original:
a metric's ``step``, and ``metrics``, which takes several at one step.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Mapping, TypeVar

    T = TypeVar("T")
    M = TypeVar("M", bound=Mapping[Any, Any])


class Calls:
    """Base of `Run` and `Dotscience`."""

    def set_description(self, description: object) -> None:
        raise NotImplementedError

    def set_error(self, error: object) -> None:
        raise NotImplementedError

    def add_input(self, filename: Any) -> None:
        raise NotImplementedError

    def add_output(self, filename: Any) -> None:
        raise NotImplementedError

    def add_label(self, label: object, value: object) -> None:
        raise NotImplementedError

    def add_metric(self, label: object, value: object, step: Any = None) -> None:
        raise NotImplementedError

    def _add_points(self, values: Iterable[tuple[object, object]], step: Any) -> None:
        raise NotImplementedError

    def add_parameter(self, label: object, value: object) -> None:
        raise NotImplementedError

    def _begin(self) -> None:
        """Called first by every form that may record nothing."""

    def description(self, description: T) -> T:
        self.set_description(description)
        return description

    def error(self, error: T) -> T:
        self.set_error(error)
        return error

    def input(self, filename: T) -> T:
        self.add_input(filename)
        return filename

    def output(self, filename: T) -> T:
        self.add_output(filename)
        return filename

    def label(self, label: object, value: T) -> T:
        self.add_label(label, value)
        return value

    def metric(self, label: object, value: T, step: Any = None) -> T:
        self.add_metric(label, value, step)
        return value

    def metrics(self, values: M, step: Any = None) -> M:
        self._begin()
        self._add_points(values.items(), step)
        return values

    def parameter(self, label: object, value: T) -> T:
        self.add_parameter(label, value)
        return value

    def add_inputs(self, *args: object) -> None:
        self._begin()
        for filename in args:
            self.add_input(filename)

    def add_outputs(self, *args: object) -> None:
        self._begin()
        for filename in args:
            self.add_output(filename)

    def add_labels(self, *args: object, **kwargs: object) -> None:
        self._begin()
        _each(self.add_label, args, kwargs)

    def add_metrics(self, *args: object, **kwargs: object) -> None:
        self._begin()
        _each(self.add_metric, args, kwargs)

    def add_parameters(self, *args: object, **kwargs: object) -> None:
        self._begin()
        _each(self.add_parameter, args, kwargs)

    def add_summary(self, label: object, value: object, step: Any = None) -> None:
        self.add_metric(label, value, step)

    def summary(self, label: object, value: T, step: Any = None) -> T:
        return self.metric(label, value, step)

    def add_summaries(self, *args: object, **kwargs: object) -> None:
        self.add_metrics(*args, **kwargs)


def _each(
    add: Callable[[object, object], None], args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    for keyword, value in kwargs.items():
        add(keyword, value)
    for at in range(0, len(args), 2):
        # An odd count raises here, with the earlier pairs recorded, as in the original.
        name, value = args[at : at + 2]
        add(name, value)
