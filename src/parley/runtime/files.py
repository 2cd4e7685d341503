"""Files: read or refused with a fault; written whole, so that readers see the old or the new, never a mix."""

from __future__ import annotations

import csv
import ctypes
import errno
import io
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from parley.faults import DataFaults, Fault, UsageError, check, control_character

Item = TypeVar("Item")
Row = dict[str, str]

_IN_QUOTES = re.compile('[,"\r\n]')  # a cell of CSV with one of these is in quotes
_FORMULA = re.compile("'*[=+\\-@\t\r]")
TEMPORARY = ".parley-tmp"  # the end of the names of unfinished files and folders, see `sweep`

_AT_FDCWD = {"linux": -100, "darwin": -2}
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def read_regular(path: Path, most: int) -> bytes:
    """Return the bytes of a file. Raises OSError also for what would hang a read: a named pipe, a device.

    most: bytes; raises UsageError if there are more.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    refuse_large(path, found.st_size, most)
    return path.read_bytes()


def refuse_large(path: Path, size: int, most: int) -> None:
    """Raise UsageError if a file has more bytes than the most that are read, as it is or unpacked."""
    if size > most:
        raise UsageError(
            f"{path} has {size:,} bytes, more than the limit of {most:,}",
            f"if it is to be trusted, raise the limit: PARLEY_LIMIT=file={size // 10**6 + 1}MB",
        )


def decode_json(data: bytes) -> Any:  # noqa: ANN401 - whatever the file has
    """Return what a JSON file says. Raises ValueError with what stops that."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("values are nested too deep")


def csv_rows(
    data: bytes, file: str, columns: Sequence[str], code: str, optional: Sequence[str] = ()
) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a CSV file in UTF-8, each with its line number, whole or not (see `is_whole`).

    file: its name in faults. optional: columns that may be after the others, all or none. Raises DataFaults
    with `code` if it cannot be decoded or has other columns.
    """
    try:
        reader = csv.DictReader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))
        if list(reader.fieldnames or ()) not in ([*columns], [*columns, *optional]):
            raise DataFaults([Fault(code, file, f"the columns must be {','.join(columns)}", file)])
        for row in reader:
            yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataFaults([Fault(code, file, f"cannot be read: {error}", file)])


def csv_line(cells: Iterable[object]) -> str:
    """Return a line of a CSV file, without its end. Cells that people wrote go through `guarded` first.

    Unlike `csv.writer` it also quotes a lone carriage return, at which readers split a line.

    >>> csv_line(["a", 1, "c,d"])
    'a,1,"c,d"'
    """
    return ",".join(map(_quoted, map(str, cells)))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _IN_QUOTES.search(cell) else cell


def guarded(cell: str) -> str:
    """Return a cell for a CSV file: an apostrophe is before what a spreadsheet would run as a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return a cell of a CSV file without the apostrophe that `guarded` puts before it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def cell_problems(row: Row) -> Iterator[str]:
    """Yield what is wrong with the cells of a row that people wrote, whatever the file."""
    for column, cell in row.items():
        control = control_character(cell)
        if control:
            yield f"{column} {cell!r} has the control character {control}"
        if guarded(cell) != cell and not cell.startswith("'"):
            yield f"{column} {cell!r} is a formula to a spreadsheet: write an apostrophe (') before it"


def csv_table(
    data: bytes,
    file: str,
    columns: Sequence[str],
    codes: tuple[str, str],
    parse: Callable[[Row], Item],
    *,
    filled: Sequence[str],
    keys: int = 1,
    optional: Sequence[str] = (),
) -> dict[str, Item]:
    """Return the rows of a CSV file as `parse` gives them, by their first cells, in file order.

    codes: of a row that is malformed, of one given twice. parse: raises ValueError with what is wrong with a
    row. filled: columns whose cells are not empty. keys: how many cells are the key. optional: as of
    `csv_rows`. Raises DataFaults with all that is wrong.
    """
    malformed, twice = codes
    found: dict[str, Item] = {}
    alike: dict[str, str] = {}  # names by what they are in small letters, as some file systems see them
    wrong: list[Fault] = []
    for number, row in csv_rows(data, file, columns, malformed, optional):
        place = f"{file} > row {number}"
        if not is_whole(row) or not all(row[column].strip() for column in filled):
            what = f"a row has {len(row)} cells, with {' and '.join(filled)} filled"
            wrong.append(Fault(malformed, place, what, file))
            continue
        key = " ".join(row[column] for column in columns[:keys])
        other = alike.setdefault(key.casefold() if keys == 1 else key, key)
        if key in found or other != key:
            what = "is given twice" if other == key else f"and {other!r} differ only in capitals"
            wrong.append(Fault(twice, place, f"{key!r} {what}", file))
            continue
        problems = list(cell_problems(row))
        wrong.extend(Fault(malformed, place, what, file) for what in problems)
        if not problems:
            try:
                found[key] = parse({name: unguarded(cell) for name, cell in row.items()})
            except ValueError as error:
                wrong.append(Fault(malformed, place, str(error), file))
    check(wrong)
    return found


def is_whole(row: Row) -> bool:
    """Say whether a row has a cell for each column, and no more."""
    return None not in row and None not in row.values()


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file under a temporary name, flush it to disk, then rename it to `path`."""
    with writing_whole(path, mode=mode) as out:
        out.write(data)


@contextmanager
def writing_whole(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Yield a temporary file that replaces `path` on success; after an error `path` is as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path.name), suffix=TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        Path(beside).chmod(mode)
        Path(beside).replace(path)
    except BaseException as error:
        remove(Path(beside))
        if isinstance(error, OSError):
            name_file(error, path)
        raise


@contextmanager
def whole_part(path: Path) -> Iterator[Path]:
    """Yield where to write a file that is renamed to `path` on success, and is not flushed to disk.

    For what one process leaves for another: a task that is worked on twice, at once or after its process was
    killed, never leaves a part of a file, nor changes one that is being read.
    """
    unfinished_part = path.with_name(f".{os.getpid()}-{uuid.uuid4().hex}{TEMPORARY}")
    try:
        yield unfinished_part
        unfinished_part.replace(path)
    except BaseException:
        remove(unfinished_part)
        raise


def write_part(path: Path, data: bytes) -> None:
    """Write a file as `whole_part` does."""
    with whole_part(path) as part:
        part.write_bytes(data)


def remove_unfinished(folder: Path) -> None:
    """Remove what killed processes left of files anywhere below a folder that nobody writes any more."""
    for leftover in [*folder.rglob(f".*{TEMPORARY}")]:
        leftover.unlink(missing_ok=True)


def name_file(error: OSError, path: Path) -> None:
    """Let an error of the system say which file or folder it was: the disk of that is full, say."""
    if error.errno and not error.filename:
        error.filename = str(path)


def unfinished(name: str) -> str:
    """Return the beginning of a temporary name; it tells `sweep` which process uses it."""
    return f".{name}.{os.getpid()}-"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder for temporary files, gone at the end; those of killed processes are removed before."""
    sweep([Path(tempfile.gettempdir())])
    folder = Path(tempfile.mkdtemp(TEMPORARY, unfinished("parley")))
    try:
        with _in_use(folder):
            yield folder
    except OSError as error:
        name_file(error, folder)
        raise
    finally:
        remove(folder)


def sweep(folders: Iterable[Path]) -> None:
    """Remove unfinished files and folders of killed processes directly below some folders."""
    for leftover in [path for folder in folders for path in folder.glob(f".*{TEMPORARY}")]:
        owner = re.search(r"\.(\d+)-[^.]*$", leftover.name.removesuffix(TEMPORARY))
        if owner and _is_alive(int(owner[1])):
            continue
        try:
            if leftover.is_dir():
                with _in_use(leftover):
                    shutil.rmtree(leftover)
            else:
                leftover.unlink()
        except (FileNotFoundError, PermissionError, BlockingIOError):
            continue  # another process removes it, it is another user's, or used in another container


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there; an interrupt meanwhile is raised when it is gone."""
    try:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    except KeyboardInterrupt:
        remove(path)
        raise


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Lock a folder; raise BlockingIOError if it is locked: process numbers are not shared by containers."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


@contextmanager
def locked(lock: Path, what: str, *, lasting: bool = True) -> Iterator[None]:
    """Hold a lock file; the lock is gone with the process, however that ends.

    A process that has the lock may take it again. what: the work that only one process may do. lasting:
    whether the empty file stays. Raises UsageError if another process holds it.
    """
    from filelock import FileLock, Timeout

    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0, is_singleton=True):
            try:
                yield
            finally:
                if not lasting:
                    remove(lock)
    except Timeout:
        raise UsageError(f"another process is {what}", "wait until it ends, then call this again")


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """Yield where to build a folder, which does not exist; if it is there at the end, it is put at `place`.

    What is unfinished after an error, or was left by a killed process, is removed. Raises UsageError if
    another process builds it.
    """
    staging = place.with_name(f".{place.name}.new")
    with locked(place.with_name(f".{place.name}.lock"), f"writing {place}", lasting=False):
        recover(place, staging)
        try:
            yield staging
            if staging.exists():
                put_in_place(staging, place)
        except OSError as error:
            name_file(error, place)
            raise
        finally:
            recover(place, staging)


def put_in_place(new: Path, place: Path) -> None:
    """Put folder `new` at `place`, on the same file system; what was there is removed afterwards.

    The two are exchanged in one step if the file system can do that (Linux 3.15, macOS 10.12). Else the old
    folder is renamed aside first, and `recover` puts it back after a crash between the two renames.
    """
    if not place.exists():
        new.rename(place)
    elif _exchange(new, place):
        shutil.rmtree(new)
    else:
        aside = _aside(place)
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
        new.rename(place)
        shutil.rmtree(aside)
    flush_one(place.parent)


def recover(place: Path, *leftovers: Path) -> None:
    """Undo what a killed run left: put an old folder that is aside back, remove unfinished ones."""
    aside = _aside(place)
    if aside.is_dir():
        if place.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(place)
    for leftover in leftovers:
        remove(leftover)


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def flush_one(path: Path) -> None:
    """Write a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        name_file(error, path)
        raise
    finally:
        os.close(handle)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two paths in one step; return False if the system has no way to."""
    here = _AT_FDCWD.get(sys.platform)
    library = ctypes.CDLL(None, use_errno=True)
    call = getattr(library, "renameat2" if sys.platform == "linux" else "renameatx_np", None)
    if here is None or call is None:
        return False
    if call(here, os.fsencode(first), here, os.fsencode(second), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(second))
