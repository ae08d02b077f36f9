"""Test material made of the examples."""
# SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import uuid

from demo_report import stage
from demo_report.stage import Json


def read(example: str) -> Json:
    submission: Json = json.loads(pathlib.Path(example).read_text())
    return submission


def write(submission: Json, file: pathlib.Path) -> None:
    file.write_text(json.dumps(submission, ensure_ascii=False))


def copy(example: str, partner: str) -> Json:
    """The example as a referral of its own, to one partner."""
    submission = read(example)
    submission["recipients"] = [partner]
    submission["referral"]["header"]["referralId"] = str(uuid.uuid4())
    return submission


def unnamed(example: str, file: str) -> None:
    """A copy that names no recipients."""
    submission = copy(example, "")
    del submission["recipients"]
    write(submission, pathlib.Path(file))


def onward(example: str, file: str, partner: str) -> None:
    """The same submission with one recipient more; the octets of the referral stay as they are."""
    text = pathlib.Path(example).read_text()
    whole = text.replace('"recipients": [', f'"recipients": ["{partner}", ', 1)
    pathlib.Path(file).write_text(whole)


def copies(example: str, folder: str, count: str, partner: str) -> None:
    target = pathlib.Path(folder)
    target.mkdir()
    for number in range(int(count)):
        write(copy(example, partner), target / f"{number:03}.json")


def raise_danger(example: str, file: str, partner: str) -> None:
    """A copy in which somebody is in immediate danger (R26)."""
    submission = copy(example, partner)
    referral = submission["referral"]
    referral["header"]["priority"] = "immediate-danger"
    attention = referral["header"].setdefault("attention", [])
    if "immediate-danger" not in attention:
        attention.append("immediate-danger")
    referral["protection"]["immediateDanger"] = True
    write(submission, pathlib.Path(file))


def referral_of(file: str) -> None:
    """Prints the referral's id."""
    print(stage.referral_id(pathlib.Path(file)))


def flip(path: str) -> None:
    """Changes one bit in the middle of a file."""
    file = pathlib.Path(path)
    octets = bytearray(file.read_bytes())
    octets[len(octets) // 2] ^= 1
    file.write_bytes(octets)
