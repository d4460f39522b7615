"""Cuts the flights into JSON files, one for each micro-batch, in the order in which the aircraft left.

    pieces.py TABLE DIRECTORY ROWS_IN_PIECE [TIMES]

TIMES is how often the two weeks follow each other.
"""

import csv
import datetime
import json
import os
import pathlib
import sys

NUMBERS = {"flight", "dep_delay_min", "arr_delay_min", "distance_mi"}


def later(row, fortnights):
    """The same departure, some periods of two weeks later."""
    moved = {
        name: (datetime.datetime.fromisoformat(row[name]) + datetime.timedelta(days=14 * fortnights)).isoformat()
        for name in ["departed_at", "scheduled_at"]
    }
    return {**row, **moved}


def cut(table, directory, rows_in_piece, times=1):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True)
    with open(table, newline="") as file:
        rows = [
            {name: int(text) if name in NUMBERS and text else text or None for name, text in row.items()}
            for row in csv.DictReader(file)
        ]
    rows = [later(row, fortnights) for fortnights in range(times) for row in rows]
    for number, start in enumerate(range(0, len(rows), rows_in_piece)):
        piece = directory / f"{number:04}.json"
        piece.write_text("".join(json.dumps(row) + "\n" for row in rows[start : start + rows_in_piece]))
        # Files are read in the order of their modification times, so each gets another second.
        os.utime(piece, (1_700_000_000 + number, 1_700_000_000 + number))
    return number + 1


if __name__ == "__main__":
    print(cut(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
