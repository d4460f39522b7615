"""Random expressions over the columns of a table with values at the edges of each type.

`TEMPLATES` lists calls: `upper({string}) -> string`. In a template `{string}` stands for any expression of the type, `{=a|b}`
for one of the texts, `T` for a type that is the same everywhere in it, and `{any:x}` for the same type at each `x`.
"""

import pathlib
import random
import re

# The values of each type that a column has, as literals; NULL is one of each.
VALUES = {
    "boolean": ["true", "false"],
    "tinyint": ["0Y", "1Y", "-1Y", "127Y", "-128Y", "7Y"],
    "smallint": ["0S", "1S", "-1S", "32767S", "-32768S", "365S"],
    "int": ["0", "1", "-1", "2", "3", "-7", "31", "2147483647", "-2147483648", "20240229"],
    "bigint": ["0L", "1L", "-1L", "60L", "1709164800L", "9223372036854775807L", "-9223372036854775808L"],
    "float": ["0F", "-0.0F", "1.5F", "-2.25F", "3.4e38F", "1.4E-45F", "float('NaN')", "float('-Infinity')"],
    "double": ["0D", "-0.0D", "0.5D", "2.5D", "-1.5D", "1e20D", "1e-7D", "123456.789D", "double('NaN')", "double('Infinity')"],
    "decimal(5,2)": ["0.00BD", "1.00BD", "-1.50BD", "999.99BD", "-999.99BD", "0.05BD", "2.50BD"],
    "decimal(38,18)": ["0BD", "1.5BD", "-0.000000000000000001BD", "99999999999999999999.999999999999999999BD", "12345678901.123456789BD"],
    "string": ["''", "'a'", "'Spark SQL'", "'  x '", "'ünïcödé ß'", "'日本語'", "'😀a'", "'12'", "'-1.5'", "'2024-02-29'", "'a,b,,c'", "'1e3'", "'%_\\\\'",
               "'2024-03-10 02:30:00'", "'true'", "'A\\nb\\tc'"],
    "binary": ["X''", "X'00'", "X'616263'", "X'FF80'", "X'E697A5'"],
    "date": ["DATE'2024-02-29'", "DATE'1970-01-01'", "DATE'1582-10-15'", "DATE'0001-01-01'", "DATE'9999-12-31'", "DATE'2023-12-31'", "DATE'2024-03-10'"],
    "timestamp": ["TIMESTAMP'2024-03-10 01:59:59.999999'", "TIMESTAMP'2024-03-10 03:00:00'", "TIMESTAMP'2024-11-03 01:30:00'", "TIMESTAMP'1970-01-01 00:00:00'",
                  "TIMESTAMP'1900-01-01 00:00:00'", "TIMESTAMP'9999-12-31 23:59:59.999999'", "TIMESTAMP'2024-02-29 12:34:56.789'"],
    "timestamp_ntz": ["TIMESTAMP_NTZ'2024-03-10 02:30:00'", "TIMESTAMP_NTZ'1970-01-01 00:00:00'", "TIMESTAMP_NTZ'2023-12-31 23:59:59.999999'", "TIMESTAMP_NTZ'0001-01-01 00:00:00'"],
    "interval year to month": ["INTERVAL '0-0' YEAR TO MONTH", "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '-0-11' YEAR TO MONTH", "INTERVAL '178956970-7' YEAR TO MONTH"],
    "interval day to second": ["INTERVAL '0 00:00:00' DAY TO SECOND", "INTERVAL '1 02:03:04.5' DAY TO SECOND", "INTERVAL '-0 00:00:00.000001' DAY TO SECOND", "INTERVAL '106751990 04:00:54.775807' DAY TO SECOND"],
    "array<int>": ["array(1, 2, 3)", "array(3, NULL, 1)", "array()", "array(2, 2)"],
    "array<string>": ["array('a', 'b')", "array('', NULL, 'ü')", "array()", "array('b', 'a', 'b')"],
    "array<double>": ["array(1D, double('NaN'))", "array(-0.0D, 0D, NULL)", "array()"],
    "array<array<int>>": ["array(array(1), array(2, NULL))", "array(NULL, array())"],
    "map<string,int>": ["map('a', 1, 'b', NULL)", "map()", "map('ü', 3)"],
    "map<int,string>": ["map(1, 'x', 2, 'y')", "map(0, NULL)", "map()"],
    "struct<a:int,b:string>": ["named_struct('a', 1, 'b', 'x')", "named_struct('a', NULL, 'b', '')", "named_struct('a', 2, 'b', NULL)"],
}
ROWS = 16
ELEMENTS = ["int", "string", "double"]
CLASSES = {
    "integral": ["tinyint", "smallint", "int", "bigint"],
    "decimal": ["decimal(5,2)", "decimal(38,18)"],
    "floating": ["float", "double"],
    "numeric": ["tinyint", "smallint", "int", "bigint", "float", "double", "decimal(5,2)", "decimal(38,18)"],
    "exact": ["tinyint", "smallint", "int", "bigint", "decimal(5,2)", "decimal(38,18)"],
    "datetime": ["date", "timestamp", "timestamp_ntz"],
    "interval": ["interval year to month", "interval day to second"],
    "atomic": ["boolean", "int", "bigint", "double", "decimal(5,2)", "string", "binary", "date", "timestamp", "timestamp_ntz", "interval day to second"],
    "any": list(VALUES),
}
# Texts within a hole may have pairs of braces themselves.
HOLE = re.compile(r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


def templates():
    """Template and type of the result of each line of the file, for each type that `T` stands for."""
    found = []
    for line in (pathlib.Path(__file__).parent / "random_expressions.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        template, result = line.rsplit(" -> ", 1)
        generic = re.search(r"\{(array<)?T>?\}", template)
        for element in ELEMENTS if generic else [""]:
            concrete = template.replace("{T}", f"{{{element}}}").replace("{array<T>}", f"{{array<{element}>}}")
            found.append((concrete, re.sub(r"\bT\b", element, result)))
    return found


TEMPLATES = templates()


def column(data_type):
    return re.sub(r"\W+", "_", f"c_{data_type}").strip("_")


def setup():
    """The statements that make the table `edges`: an `id` and a column of each type."""
    rows = []
    for row in range(ROWS):
        cells = [str(row)]
        for values in VALUES.values():
            # The first row is NULL; then each value in turn, in an order of its own for each type.
            cells.append("NULL" if row == 0 else values[(row * (1 + len(cells) % 3) + len(cells)) % len(values)])
        rows.append(f"({', '.join(cells)})")
    names = ", ".join(["id", *map(column, VALUES)])
    casts = ", ".join(["id", *(f"CAST({column(t)} AS {t}) AS {column(t)}" for t in VALUES)])
    view = f"CREATE TEMPORARY VIEW edges AS SELECT {casts} FROM VALUES {', '.join(rows)} AS edges({names})"
    return ["SET spark.sql.session.timeZone = America/New_York", view]


class Generator:
    """Makes queries from a seed: the same seed gives the same queries."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def query(self):
        """A query of one expression over a few rows of the table."""
        expression = self.fill(self.random.choice(TEMPLATES)[0], 2)
        first = self.random.randrange(ROWS)
        rows = sorted({0, first, self.random.randrange(ROWS)}) if self.random.random() < 0.5 else [first]
        return f"SELECT {expression} AS e FROM edges WHERE id IN ({', '.join(map(str, rows))}) ORDER BY id"

    def expression(self, wanted, depth):
        """An expression of a type, at most so deep."""
        choices = [t for t in TEMPLATES if t[1] == wanted] if depth > 0 and self.random.random() < 0.5 else []
        if choices:
            inner = self.fill(self.random.choice(choices)[0], depth - 1)
            return inner if re.match(r"\w+\(", inner) else f"({inner})"
        if self.random.random() < 0.3:
            literal = self.random.choice(VALUES[wanted])
            return literal if "()" not in literal else f"CAST({literal} AS {wanted})"
        return column(wanted)

    def fill(self, template, depth):
        """The template with an expression in each hole."""
        bound = {}

        def fill_one(match):
            hole = match[1]
            if hole.startswith("="):
                return self.random.choice(hole[1:].split("|"))
            return self.expression(self.bind(hole, bound), depth)

        return HOLE.sub(fill_one, template)

    def bind(self, hole, bound):
        """The type that a hole stands for."""
        name, _, variable = hole.partition(":")
        if name not in CLASSES:
            return hole
        chosen = bound.get(variable) or self.random.choice(CLASSES[name])
        if variable:
            bound[variable] = chosen
        return chosen
