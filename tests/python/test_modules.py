import unittest

from harness_case import HarnessCase


class Modules(HarnessCase):
    def setUp(self):
        super().setUp()
        self.silo.scripts.clear()

    def test_each_call_gets_a_fresh_namespace(self):
        code = "n = 0\ndef f():\n    global n\n    n += 1\n    return n\n"
        self.silo.publish("demo__main", code)
        self.assertEqual([self.worker.call("demo__main", "f").raw for _ in range(3)], [1, 1, 1])
        self.assertEqual(self.silo.asked.count("code.get"), 1)

    def test_reuse_module_keeps_it_with_the_values_of_the_call_at_hand(self):
        self.silo.publish("demo__lib", "def who():\n    return _DFF_TASK_ID\n")
        self.silo.publish("demo__main", (
            "import demo__lib\nn = 0\n@DFF.API('f', reuse_module=True)\ndef f():\n    global n\n    n += 1\n    print(n)\n"
            "    return [n, _DFF_TASK_ID, demo__lib.who(), DFF.TASK.TASK_ID]\ndef g():\n    return n\n"))
        outcomes = [self.worker.call("demo__main", "f", context={"_DFF_TASK_ID": str(i)}) for i in range(3)]
        self.assertEqual([o.raw for o in outcomes], [[1, "0", "0", "0"], [2, "1", "1", "1"], [3, "2", "2", "2"]])
        self.assertEqual([o.log for o in outcomes], [["1"], ["2"], ["3"]])
        self.assertEqual(self.worker.call("demo__main", "g", context={}).raw, 0)
        self.silo.publish("demo__lib", "def who():\n    return 'new'\n")
        self.assertEqual(self.worker.call("demo__main", "f", context={"_DFF_TASK_ID": "9"}).raw, [1, "9", "new", "9"])

    def test_the_values_of_the_call_are_there_however_a_script_asks_for_them(self):
        self.silo.publish("demo__plain", "def f():\n    return 1\n")
        ways = {
            "name": "def f():\n    return _DFF_TASK_ID\n",
            "default": "def f(x=None):\n    return (lambda: [_DFF_TASK_ID for _ in '1'][0])()\n",
            "globals": "def f():\n    return globals()['_DFF' + '_TASK_ID']\n",
            "eval": "def f():\n    return eval('_DFF' + '_TASK_ID')\n",
            "DFF.EVAL": "def f():\n    return DFF.EVAL('_DFF' + '_TASK_ID')\n",
            "module": "import sys\ndef f():\n    return vars(sys.modules[__name__])['_DFF' + '_TASK_ID']\n",
            "frame": "import inspect\ndef f():\n    return inspect.currentframe().f_globals['_DFF' + '_TASK_ID']\n",
            "import": "import demo__plain\ndef f():\n    return demo__plain._DFF_TASK_ID\n",
            "from": "from demo__plain import _DFF_TASK_ID as task\ndef f():\n    return task\n",
            "getattr": "import demo__plain\ndef f():\n    return getattr(demo__plain, '_DFF' + '_TASK_ID')\n",
            "class": "class C:\n    def g(self):\n        return _DFF_TASK_ID\ndef f():\n    return C().g()\n",
            "TASK": "def f():\n    return DFF.TASK.TASK_ID\n",
        }
        for way, code in ways.items():
            with self.subTest(way):
                self.silo.publish("demo__main", code)
                for task in ("a", "b"):
                    self.assertEqual(self.worker.call("demo__main", "f", context={"_DFF_TASK_ID": task}).raw, task)

    def test_imported_scripts_run_once_a_call_and_share_its_values(self):
        self.silo.publish("demo__lib", "print('loaded')\ndef who():\n    return _DFF_TASK_ID\n")
        self.silo.publish("demo__mid", "import demo__lib\nfrom demo__lib import who\n")
        self.silo.publish("demo__main", (
            "import demo__lib as lib\nimport demo__mid\nfrom demo__lib import who\n"
            "def f():\n    import demo__lib\n    assert lib is demo__lib is demo__mid.demo__lib\n    return who()\n"))
        for task in ("a", "b"):
            outcome = self.worker.call("demo__main", "f", context={"_DFF_TASK_ID": task})
            self.assertEqual((outcome.raw, outcome.log), (task, ["loaded"]))

    def test_a_script_of_the_same_set_needs_no_set_name(self):
        self.silo.publish("demo__lib", "x = 5\n")
        self.silo.publish("demo__main", "import __lib\nfrom __lib import x\ndef f():\n    return [x, __lib.x]\n")
        self.assertEqual(self.worker.call("demo__main", "f").raw, [5, 5])

    def test_importlib_finds_scripts_too(self):
        self.silo.publish("demo__lib", "x = 5\n")
        self.assertEqual(
            self.run_code("import importlib\ndef f():\n    return importlib.import_module('demo__lib').x\n").raw, 5)

    def test_scripts_are_gone_from_sys_modules_after_the_call(self):
        self.silo.publish("demo__lib", "x = 5\n")
        self.run_code("import demo__lib\ndef f(): pass\n")
        self.assertEqual(self.value_of("[n for n in __import__('sys').modules if n.startswith('demo__')]"), ["demo__main"])

    def test_a_circle_is_an_import_error_naming_it(self):
        self.silo.publish("demo__a", "import demo__b\n")
        self.silo.publish("demo__b", "import demo__a\n")
        outcome = self.run_code("import demo__a\ndef f(): pass\n")
        self.assertEqual(outcome.header["etype"], "ImportError")
        self.assertIn("demo__a -> demo__b -> demo__a", outcome.message)

    def test_a_missing_script_is_an_import_error_naming_it(self):
        outcome = self.run_code("import demo__nowhere\ndef f(): pass\n")
        self.assertEqual(outcome.header["etype"], "ModuleNotFoundError")
        self.assertIn("demo__nowhere", outcome.message)
        self.assertTrue(self.run_code("try:\n    import demo__nowhere\nexcept ImportError:\n    x = True\ndef f():\n    return x\n").raw)

    def test_an_import_that_failed_is_tried_again(self):
        self.silo.publish("demo__bad", "x = 1\nraise ValueError('bad')\n")
        outcome = self.run_code(
            "try:\n    import demo__bad\nexcept ValueError:\n    pass\ndef f():\n    import demo__bad\n    return demo__bad.x\n")
        self.assertEqual(outcome.message, "ValueError: bad")
        self.assertIn('File "demo__bad", line 2', outcome.stack)

    def test_a_publish_reaches_the_very_next_call(self):
        self.silo.publish("demo__lib", "x = 1\n")
        self.silo.publish("demo__main", "import demo__lib\ndef f():\n    return demo__lib.x\n")
        self.assertEqual(self.worker.call("demo__main", "f").raw, 1)
        self.silo.publish("demo__lib", "x = 2\n")
        self.assertEqual(self.worker.call("demo__main", "f").raw, 2)
        self.silo.publish("demo__main", "import demo__lib\ndef f():\n    return -demo__lib.x\n")
        self.assertEqual(self.worker.call("demo__main", "f").raw, -2)

    def test_a_traceback_shows_the_lines_of_the_version_that_ran(self):
        self.assertIn("1 / 0  # first", self.run_code("def f():\n    1 / 0  # first\n").stack)
        self.assertIn("1 / 0  # second", self.run_code("def f():\n    1 / 0  # second\n").stack)

    def test_a_draft_runs_instead_of_the_published_code(self):
        self.silo.publish("demo__main", "x = 'published'\ndef f():\n    return x\n")
        self.silo.publish("demo__lib", "def draft():\n    import demo__main\n    return demo__main.x\n")
        draft = "import demo__lib\nx = 'draft'\ndef f():\n    return [x, demo__lib.draft()]\n"
        self.assertEqual(self.worker.call("demo__main", "f", draft=draft).raw, ["draft", "draft"])
        self.assertEqual(self.worker.call("demo__main", "f").raw, "published")
        self.assertEqual(self.worker.call("new__one", "f", draft="def f():\n    return __name__\n").raw, "new__one")

    def test_names_and_injected_values(self):
        outcome = self.run_code(
            "def f():\n    return [__name__, __file__, _DFF_FUNC_CHAIN, _DFF_HTTP_REQUEST['headers']]\n",
            context={"_DFF_FUNC_CHAIN": ["a"], "_DFF_HTTP_REQUEST": {"headers": {"x": "é"}}})
        self.assertEqual(outcome.raw, ["demo__main", "demo__main", ["a"], {"x": "é"}])

    def test_dataclasses_pickle_and_inspect_work_in_scripts(self):
        outcome = self.run_code(
            "from __future__ import annotations\nfrom dataclasses import dataclass\nimport pickle, inspect\n"
            "@dataclass\nclass A:\n    x: int = 1\n"
            "def f():\n    return [pickle.loads(pickle.dumps(A(2))).x, inspect.getsource(f).count('inspect')]\n")
        self.assertEqual(outcome.raw, [2, 2])

    def test_what_a_call_changes_in_the_process_is_put_back(self):
        self.run_code(
            "import sys, os, builtins\nsys.path.insert(0, '/nowhere')\nos.environ['A'] = 'b'\nos.chdir('/')\nsys.stdout = None\n"
            "__builtins__['len'] = None\ndef f(): pass\n")
        self.assertEqual(
            self.run_code(
                "import sys, os\ndef f():\n    print('here')\n"
                "    return ['/nowhere' in sys.path, 'A' in os.environ, os.getcwd() == os.environ['HOME'], len('x')]\n").raw,
            [False, False, True, 1])

    def test_extra_packages_are_importable(self):
        import pathlib

        pathlib.Path(self.silo.extra, "an_extra.py").write_text("x = 7\n")
        self.assertEqual(self.run_code("import an_extra\ndef f():\n    return an_extra.x\n").raw, 7)


if __name__ == "__main__":
    unittest.main()
