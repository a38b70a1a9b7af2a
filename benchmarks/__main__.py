"""Lists the benchmarks, or runs one: ``python benchmarks [NAME [ARGUMENT ...]]``."""

import ast
import runpy
import sys
from pathlib import Path


HERE = Path(__file__).resolve().parent
SIDES = {"__main__", "inspect_side", "peer_servers"}
"""Files that are no benchmarks of their own."""


def benchmarks() -> dict[str, Path]:
    """Return the benchmarks by name."""
    return {path.stem: path for path in sorted(HERE.glob("*.py")) if path.stem not in SIDES}


def question(path: Path) -> str:
    """Return the first line of what a benchmark says of itself."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return words.partition("\n")[0]


def main(arguments: list[str]) -> int:
    """List the benchmarks without arguments, else run the one that is named."""
    known = benchmarks()
    if not arguments:
        for name, path in known.items():
            print(f"{name:24}{question(path)}")
        return 0
    name = arguments[0].removesuffix(".py")
    if name not in known:
        print(f"There is no benchmark {name!r}; there is {', '.join(known)}.", file=sys.stderr)
        return 2
    sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
    sys.argv = [str(known[name]), *arguments[1:]]
    runpy.run_path(str(known[name]), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
