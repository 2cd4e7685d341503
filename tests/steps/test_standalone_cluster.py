"""A standalone cluster of Spark, as an administrator starts one: the same bytes as on cores."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.release.versions.history import file_hashes
from parley.runtime.spark import java_home
from parley.steps.tasks import CUTS, TASKS, write_tasks
from requirements_for_tests import needs_spark

pytestmark = [pytest.mark.spark, pytest.mark.long, pytest.mark.timeout(900)]
SCRIPTS = Path(__file__).parents[2] / "scripts"
HOST, WORKERS = "127.0.0.1", 2
PATIENCE = 300  # seconds, for a master to listen


def environment() -> dict[str, str]:
    """Return what Spark's programs read, so that nothing leaves the loopback interface."""
    import pyspark

    return os.environ | {
        "JAVA_HOME": str(java_home()),
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_HOSTNAME": HOST,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
        "PYSPARK_PYTHON": sys.executable,
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((HOST, port)) == 0


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a master and two workers; return the master's address."""
    needs_spark()
    folder, known, port = tmp_path_factory.mktemp("cluster"), environment(), free_port()
    address = f"spark://{HOST}:{port}"
    program = Path(known["SPARK_HOME"]) / "bin" / "spark-class"
    here = ("--host", HOST, "--webui-port", "0")
    worker = ("worker.Worker", *here, "--port", "0", "--cores", "1", "--memory", "1g")
    calls = [("master.Master", *here, "--port", str(port))]
    calls += [(*worker, "--work-dir", str(folder / f"work-{n}"), address) for n in range(WORKERS)]
    with ExitStack() as leaving:
        for number, (name, *words) in enumerate(calls):
            log = leaving.enter_context((folder / f"{number}.log").open("wb"))
            command = [program, f"org.apache.spark.deploy.{name}", *words]
            started = subprocess.Popen(command, env=known, stdout=log, stderr=log, cwd=folder)
            leaving.callback(stop, started)
        until = time.monotonic() + PATIENCE
        while not listens(port):
            assert time.monotonic() < until, (folder / "0.log").read_text()
            time.sleep(0.2)
        yield address


def run(*command: str | Path) -> None:
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def released(corpus: CorpusPaths) -> tuple[dict[str, str], bytes]:
    return file_hashes(corpus.dataset), (corpus.dataset / "versions.json").read_bytes()


def test_a_release_by_spark_submit_is_the_same(published_harbour: CorpusPaths, master: str) -> None:
    """The call names no master; this code is sent to the workers."""
    wanted = released(published_harbour)
    shutil.rmtree(published_harbour.dataset)
    submit = Path(sys.executable).parent / "spark-submit"
    corpus = ("--root", published_harbour.root)
    run(submit, "--master", master, SCRIPTS / "publish.py", "--engine", "spark", "--no-validate", *corpus)
    assert released(published_harbour) == wanted


def test_tasks_on_a_master_that_is_named_are_the_same(harbour: CorpusPaths, master: str) -> None:
    def written() -> Mapping[str, bytes]:
        return {name: (harbour.build / name).read_bytes() for name in (TASKS, CUTS)}

    write_tasks(Corpus(harbour))
    wanted = written()
    shutil.rmtree(harbour.build)
    run(sys.executable, SCRIPTS / "tasks.py", "--engine", "spark", "--master", master, "--root", harbour.root)
    assert written() == wanted
