import unittest

from harness_case import HarnessCase

PARSER = "from dff_worker.parsing import parse\nDFF.API(parse)\n"


class Parsing(HarnessCase):
    """As the silo asks for it: a draft that has the harness's parser as its function."""

    def parse(self, code, functions=False):
        outcome = self.worker.run(PARSER, "parse", {"code": code, "functions": functions})
        if outcome.is_error:
            self.fail(outcome.message)
        return outcome.raw

    def test_a_syntax_error_has_its_place_in_characters(self):
        problems = self.parse("a = 1\nname = '世界' +* 2\n")["problems"]
        self.assertEqual([(p["severity"], p["line"], p["column"]) for p in problems], [("error", 2, 14)])
        self.assertIn("invalid syntax", problems[0]["message"])

    def test_what_only_the_compiler_sees_is_an_error_too(self):
        self.assertIn("outside function", self.parse("return 1\n")["problems"][0]["message"])

    def test_good_code_has_no_problems_and_is_not_run(self):
        self.assertEqual(self.parse("import os\nos._exit(1)\n"), {"problems": [], "functions": None})

    def test_warnings_are_told(self):
        problems = self.parse("if 1 is 1:\n    pass\n")["problems"]
        self.assertEqual([(p["severity"], p["line"]) for p in problems], [("warning", 1)])

    def test_deep_nesting_is_a_problem_of_the_code(self):
        self.assertEqual([p["severity"] for p in self.parse("(" * 5000 + ")" * 5000)["problems"]], ["error"])

    def test_functions_are_described(self):
        code = (
            "@DFF.API('Addition', kwargs_hint={'x': {'type': 'int', 'in': {2, 1}}})\n"
            "def add(x, y: float = 2.5, *args, z=print, **rest):\n    '''Adds.'''\n"
            "async def plain(): pass\n"
            "class Other:\n    def method(self): pass\n")
        self.assertEqual(self.parse(code, functions=True)["functions"], [
            {"name": "add", "line": 2, "description": "Adds.", "isExported": True, "title": "Addition", "arguments": [
                {"name": "x", "isRequired": True, "default": None, "annotation": None, "hint": {"type": "int", "in": [1, 2]}},
                {"name": "y", "isRequired": False, "default": 2.5, "annotation": "float", "hint": None},
                {"name": "z", "isRequired": False, "default": "<Complex Object>", "annotation": None, "hint": None},
                {"name": "*args", "isRequired": False, "default": None, "annotation": None, "hint": None},
                {"name": "**rest", "isRequired": False, "default": None, "annotation": None, "hint": None}]},
            {"name": "plain", "line": 4, "description": None, "isExported": False, "title": None, "arguments": []}])

    def test_code_with_an_error_has_no_functions(self):
        self.assertIsNone(self.parse("def f(:\n", functions=True)["functions"])


if __name__ == "__main__":
    unittest.main()
