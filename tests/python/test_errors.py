import unittest

from harness_case import HarnessCase


class Errors(HarnessCase):
    def test_a_traceback_shows_user_frames_with_their_lines(self):
        outcome = self.run_code("def f():\n    return g(0)\n\ndef g(x):\n    return 1 / x\n")
        self.assertEqual((outcome.header["kind"], outcome.header["etype"]), ("raised", "ZeroDivisionError"))
        self.assertEqual(outcome.message, "ZeroDivisionError: division by zero")
        self.assertIn('File "demo__main", line 2, in f\n    return g(0)', outcome.stack)
        self.assertIn('File "demo__main", line 5, in g\n    return 1 / x', outcome.stack)
        self.assertNotIn("dff_worker", outcome.stack)
        self.assertEqual(outcome.stack.splitlines()[-1], "ZeroDivisionError: division by zero")

    def test_trace_info_names_frames_and_locals(self):
        outcome = self.run_code(
            "class Bad:\n    def __repr__(self): raise ValueError\n"
            "def f():\n    bad = Bad()\n    long = 'x' * 10_000\n    many = list(range(100_000))\n    raise KeyError('é')\n")
        trace = outcome.trace
        self.assertEqual(trace["header"], "Traceback (most recent call last):")
        self.assertEqual(trace["exceptionDump"], "KeyError: 'é'")
        frame = trace["stack"][-1]
        self.assertEqual(
            {key: frame[key] for key in ("filename", "funcname", "lineNumber", "lineCode", "formattedLocation", "isInScript")},
            {"filename": "demo__main", "funcname": "f", "lineNumber": 7, "lineCode": "raise KeyError('é')",
             "formattedLocation": 'File "demo__main", line 7, in f', "isInScript": True})
        shown = {entry["name"]: entry for entry in frame["localsInfo"]}
        self.assertEqual(shown["bad"]["type"], "Bad")
        self.assertIn("repr failed", shown["bad"]["repr"])
        self.assertLess(len(shown["long"]["repr"]), 600)
        self.assertLess(len(shown["many"]["repr"]), 600)

    def test_library_frames_stand_in_trace_info_only(self):
        outcome = self.run_code("import json\ndef f():\n    json.loads('{')\n")
        self.assertNotIn("json/decoder", outcome.stack)
        self.assertEqual([frame["isInScript"] for frame in outcome.trace["stack"]], [True, False, False, False])

    def test_the_platform_itself_is_not_shown(self):
        outcome = self.run_code("def f():\n    try:\n        import nowhere_at_all\n    except ImportError as error:\n        DFF.ENV('')\n")
        self.assertEqual({frame["filename"] for frame in outcome.trace["stack"]}, {"demo__main"})
        outcome = self.run_code("def f():\n    DFF.CONFIG('SECRET')\n")
        self.assertTrue(outcome.message.startswith("AccessDenyException: "), outcome.message)
        self.assertEqual([frame["funcname"] for frame in outcome.trace["stack"]], ["f"])

    def test_chained_exceptions_are_told(self):
        outcome = self.run_code("def f():\n    try:\n        1 / 0\n    except Exception as e:\n        raise ValueError('no') from e\n")
        self.assertIn("direct cause", outcome.stack)
        self.assertIn("ZeroDivisionError", outcome.stack)

    def test_a_syntax_error_has_line_and_column(self):
        outcome = self.run_code("x = 1\ndef f(:\n    pass\n")
        self.assertEqual(outcome.header["etype"], "SyntaxError")
        self.assertEqual(outcome.header["detail"], {"line": 2, "column": 7})
        self.assertIn("line 2", outcome.message)

    def test_bytes_that_are_no_source_are_an_error(self):
        self.assertTrue(self.run_code("x = '\0'\ndef f(): pass\n").is_error)

    def test_an_unknown_argument_is_a_type_error_naming_it(self):
        outcome = self.run_code("def f(a):\n    return a\n", {"a": 1, "b": 2})
        self.assertEqual(outcome.header["etype"], "TypeError")
        self.assertIn("'b'", outcome.message)

    def test_arguments_that_are_no_object_are_an_error(self):
        for data in (b"[1]", b"{", b"3"):
            outcome = self.run_code("def f():\n    return 1\n", raw_kwargs=data)
            self.assertEqual((outcome.header["kind"], outcome.header["etype"]), ("raised", "TypeError"))

    def test_what_does_not_exist_is_not_found(self):
        self.assertEqual(self.worker.call("no__where", "f").header["kind"], "notFound")
        outcome = self.worker.run("import json\nfrom json import dumps\nx = 1\n", "g")
        self.assertEqual(outcome.header["kind"], "notFound")
        for name in ("x", "json", "dumps", "DFF"):
            self.assertEqual(self.worker.call("demo__main", name).header["kind"], "notFound", name)

    def test_base_exceptions_end_the_call_and_not_the_worker(self):
        for code, etype in (
            ("import sys; sys.exit(3)", "SystemExit"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt"),
            ("f()", "RecursionError"),
            ("raise MemoryError", "MemoryError"),
            ("raise BaseException('b')", "BaseException"),
            ("raise GeneratorExit", "GeneratorExit"),
        ):
            with self.subTest(etype):
                outcome = self.run_code(f"def f():\n    {code}\n")
                self.assertEqual((outcome.header["kind"], outcome.header["etype"]), ("raised", etype))
                self.assertIn(etype, outcome.message)
        self.assertEqual(self.value_of("1"), 1)

    def test_a_raised_recursion_limit_is_put_back(self):
        self.run_code("import sys\ndef f():\n    sys.setrecursionlimit(5000)\n    1 / 0\n")
        self.assertEqual(self.value_of("__import__('sys').getrecursionlimit()"), 1000)

    def test_deep_recursion_with_a_raised_limit_does_not_crash(self):
        if tuple(map(int, self.silo.ready["python"].split(".")[:2])) < (3, 11):
            self.skipTest("before Python 3.11 each Python frame takes C stack: the worker crashes and is replaced")
        outcome = self.run_code("import sys\nsys.setrecursionlimit(100_000)\ndef f(n=0):\n    return f(n + 1)\n")
        self.assertEqual(outcome.header["etype"], "RecursionError")

    def test_an_exception_whose_text_fails_is_still_answered(self):
        outcome = self.run_code(
            "class Bad(Exception):\n    def __str__(self): raise SystemExit\n    __repr__ = __str__\ndef f():\n    raise Bad\n")
        self.assertEqual(outcome.header["etype"], "Bad")
        self.assertEqual(self.value_of("1"), 1)

    def test_a_local_whose_text_takes_forever_does_not_hold_up_the_error(self):
        outcome = self.run_code(
            "class Bad:\n    def __repr__(self):\n        while True: pass\ndef f():\n    bad = Bad()\n    1 / 0\n")
        self.assertEqual((outcome.header["kind"], outcome.header["etype"]), ("raised", "ZeroDivisionError"))
        self.assertIn("line 6, in f", outcome.stack)
        self.assertEqual(outcome.trace["stack"][-1]["lineNumber"], 6)
        self.assertEqual(self.value_of("1"), 1)

    def test_an_error_while_loading_is_told_like_any_other(self):
        outcome = self.run_code("x = []\nx[1]\ndef f(): pass\n")
        self.assertEqual(outcome.header["etype"], "IndexError")
        self.assertIn('File "demo__main", line 2, in <module>', outcome.stack)

    def test_a_list_beyond_the_memory_limit_is_a_memory_error(self):
        outcome = self.run_code("def f():\n    return len([0] * (10 * 1024 ** 3 // 8))\n")
        self.assertEqual(outcome.header["etype"], "MemoryError")
        self.assertEqual(self.value_of("1"), 1)

    def test_a_large_object_of_a_module_does_not_pile_up(self):
        for _ in range(4):
            self.assertEqual(self.run_code("big = [0] * (75 * 1024 ** 2)\ndef f():\n    return len(big)\n").raw, 75 * 1024 ** 2)


if __name__ == "__main__":
    unittest.main()
