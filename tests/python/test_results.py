import json
import unittest

from harness_case import HarnessCase


class Results(HarnessCase):
    def test_raw_makes_json_of_what_json_does_not_know(self):
        value = self.run_code(
            "import datetime, decimal, uuid, enum, collections, fractions\n"
            "class Color(enum.Enum):\n    RED = 1\n"
            "class Thing:\n    def __str__(self): return 'thing'\n"
            "P = collections.namedtuple('P', 'x y')\n"
            "def f():\n"
            "    return dict(at=datetime.datetime(2024, 1, 2, 3, 4, 5), day=datetime.date(2024, 1, 2), time=datetime.time(3, 4),\n"
            "        price=decimal.Decimal('1.5'), count=decimal.Decimal('20'), many=decimal.Decimal('Infinity'), members={1},\n"
            "        text=b'caf\\xc3\\xa9', broken=b'\\xff', nan=float('nan'), inf=-float('inf'), pair=(1, 2), point=P(1, 2),\n"
            "        id=uuid.UUID(int=1), color=Color.RED, thing=Thing(), half=fractions.Fraction(1, 2), nothing=None, yes=True)\n").raw
        self.assertEqual(value, {
            "at": "2024-01-02T03:04:05", "day": "2024-01-02", "time": "03:04:00", "price": 1.5, "count": 20, "many": None,
            "members": [1], "text": "café", "broken": "\ufffd", "nan": None, "inf": None, "pair": [1, 2], "point": [1, 2],
            "id": "00000000-0000-0000-0000-000000000001", "color": "Color.RED", "thing": "thing", "half": 0.5,
            "nothing": None, "yes": True})

    def test_raw_turns_keys_into_text(self):
        self.assertEqual(
            self.value_of("{1: 'a', None: 'b', True: 'c', b'd': 'd', (1, 2): 'e'}"),
            {"1": "c", "null": "b", "d": "d", "(1, 2)": "e"})

    def test_a_huge_decimal_exponent_does_not_become_a_million_digits(self):
        self.assertIsNone(self.value_of("__import__('decimal').Decimal('1E+1000000')"))

    def test_500_levels_are_answered_in_every_form(self):
        code = "def f():\n    v = 1\n    for _ in range(500): v = {'a': [v]}\n    return v\n"
        outcome = self.run_code(code, ret=("raw", "repr", "jsonDumps"), max_result=1 << 22)
        self.assertFalse(outcome.is_error, outcome.header)
        self.assertEqual(outcome.parts["raw"], b'{"a":[' * 500 + b"1" + b"]}" * 500)

    def test_far_too_deep_a_result_is_refused(self):
        outcome = self.run_code("def f():\n    v = 1\n    for _ in range(100_000): v = [v]\n    return v\n")
        self.assertEqual(outcome.header["kind"], "result")
        self.assertIn("nested", outcome.message)

    def test_a_result_that_contains_itself_is_refused(self):
        outcome = self.run_code("def f():\n    v = {}\n    v['v'] = [v]\n    return v\n")
        self.assertEqual(outcome.header["kind"], "result")
        self.assertIn("contains itself", outcome.message)

    def test_the_same_object_twice_is_no_circle(self):
        self.assertEqual(self.run_code("def f():\n    v = [float('nan')]\n    return [v, v]\n").raw, [[None], [None]])

    def test_a_result_above_the_limit_is_refused_naming_both_sizes(self):
        outcome = self.run_code("def f():\n    return 'x' * 1000\n", max_result=1001)
        self.assertEqual(outcome.header["kind"], "result")
        self.assertIn("1002", outcome.message)
        self.assertIn("1001", outcome.message)
        self.assertEqual(self.value_of("'x' * 999", max_result=1001), "x" * 999)

    def test_only_the_forms_asked_for_are_answered(self):
        code = "def f():\n    return {'b': 1, 'a': 'é'}\n"
        self.assertEqual(self.run_code(code).header["parts"], [["raw", len('{"b":1,"a":"é"}'.encode())]])
        outcome = self.run_code(code, ret=("repr", "jsonDumps"))
        self.assertEqual(outcome.parts, {
            "repr": "{'a': 'é', 'b': 1}".encode(), "jsonDumps": json.dumps({"a": "é", "b": 1}, indent=2, ensure_ascii=False).encode()})
        self.assertEqual(self.run_code(code, ret=()).parts, {})

    def test_lone_surrogates_do_no_harm(self):
        outcome = self.run_code("def f():\n    print('\\ud800')\n    return '\\ud800'\n", ret=("raw", "repr", "jsonDumps"))
        self.assertEqual(outcome.raw, "?")
        self.assertEqual(outcome.log, ["?"])
        self.assertTrue(self.run_code("def f():\n    raise ValueError('\\ud800')\n").is_error)

    def test_a_str_that_fails_is_an_error_of_the_function(self):
        outcome = self.run_code("class A:\n    def __str__(self): raise KeyError('no')\ndef f():\n    return A()\n")
        self.assertEqual((outcome.header["kind"], outcome.header["etype"]), ("raised", "KeyError"))

    def test_a_megabyte_goes_in_and_out(self):
        text = "é" * 500_000
        self.assertEqual(self.run_code("def f(text):\n    return text\n", {"text": text}, max_result=1 << 22).raw, text)

    def test_exit_ends_early_with_a_result(self):
        code = "def g():\n    DFF.EXIT({'early': True})\ndef f():\n    try:\n        g()\n    except Exception:\n        pass\n    return 1\n"
        self.assertEqual(self.run_code(code).raw, {"early": True})

    def test_async_functions_are_awaited(self):
        self.assertEqual(
            self.run_code("import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x\n", {"x": 3}).raw, 3)

    def test_a_response_describes_how_it_is_answered(self):
        outcome = self.run_code(
            "def f():\n    return DFF.RESP('<b>', status_code=201, content_type='text/html', headers={'X-A': 1}, download='a.html')\n")
        self.assertEqual(outcome.header["resp"], {
            "statusCode": 201, "contentType": "text/html", "headers": {"X-A": "1"}, "download": "a.html"})
        self.assertEqual(outcome.parts, {"raw": b'"<b>"', "body": b"<b>"})
        self.assertIn("status_code", self.run_code("def f():\n    return DFF.RESP('', status_code=9)\n").message)

    def test_headers_are_checked_where_they_are_written(self):
        for headers in ("{'X A': 1}", "{'X': 'a\\nb'}", "{'X': 'é'}", "{1: 2}"):
            self.assertIn("`headers", self.run_code(f"def f():\n    return DFF.RESP('', headers={headers})\n").message)
        self.assertEqual(self.run_code("def f():\n    return DFF.REDIRECT('/a')\n").header["resp"], {"statusCode": 302, "headers": {"Location": "/a"}})
        self.assertIn("`url`", self.run_code("def f():\n    return DFF.REDIRECT('')\n").message)

    def test_large_data_goes_piece_by_piece_and_is_the_same_json(self):
        code = "def f(kind):\n    return DFF.RESP_LARGE_DATA(eval(kind))\n"
        for kind in ("[]", "{}", "[1]", "{'a': [], 'b': {}}", "[{'n': i, 't': 'é'} for i in range(1000)]", "{'rows': list(range(1000)), 'a': 1, 2: float('nan')}",
                     "{str(i): i for i in range(1000)}", "{'x': {'y': [[i] * 300 for i in range(300)]}}", "tuple(range(257))", "None", "1.5", "{1, 2}"):
            with self.subTest(kind=kind):
                outcome = self.run_code(code, {"kind": kind}, max_stream=1 << 30)
                self.assertEqual(outcome.header["resp"], {"contentType": "json", "streamed": True})
                self.assertEqual(outcome.parts, {})
                self.assertLessEqual(max(map(len, outcome.pieces)), 64 * 1024)
                plain = self.run_code("def f(kind):\n    return eval(kind)\n", {"kind": kind})
                self.assertEqual(json.loads(b"".join(outcome.pieces)), plain.raw)
        lazy = self.run_code("def f():\n    return DFF.RESP_LARGE_DATA({'i': i} for i in range(600))\n", max_stream=1 << 30)
        self.assertEqual(json.loads(b"".join(lazy.pieces)), [{"i": i} for i in range(600)])
        text = self.run_code("def f():\n    return DFF.RESP_LARGE_DATA('é' * 100000)\n", max_stream=1 << 30)
        self.assertEqual((b"".join(text.pieces).decode(), text.header["resp"]["contentType"]), ("é" * 100000, "txt"))

    def test_large_data_has_a_limit_and_is_a_plain_result_where_nobody_takes_pieces(self):
        code = "def f(n):\n    return DFF.RESP_LARGE_DATA(i for i in range(n))\n"
        self.assertEqual(self.run_code(code, {"n": 3}).raw, [0, 1, 2])
        refused = self.run_code(code, {"n": 100_000}, max_stream=100_000)
        self.assertEqual(refused.header["kind"], "result")
        self.assertIn("100000 bytes", refused.message)
        self.assertIn("circular", self.run_code("def f():\n    a = []\n    a.append(a)\n    return DFF.RESP_LARGE_DATA(a)\n", max_stream=1000).message)


if __name__ == "__main__":
    unittest.main()
