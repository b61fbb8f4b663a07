import unittest

from harness_case import HarnessCase


class Exports(HarnessCase):
    def facts_of(self, code):
        return self.worker.run(code, None).facts

    def refused(self, arguments, signature="x=1"):
        outcome = self.worker.run(f"@DFF.API({arguments})\ndef f({signature}):\n    pass\n", None)
        self.assertTrue(outcome.is_error, arguments)
        self.assertEqual(outcome.header["etype"], "InvalidOptionException")
        return outcome.message

    def test_facts_describe_the_function(self):
        self.assertEqual(self.facts_of(
            "@DFF.API('标题', category='prediction', tags=['b', 'a', 'b'], timeout=5, api_timeout=6, cache_result=7, queue='cpu',\n"
            "    fixed_crontab='*/5  * * * *', is_hidden=True, max_attempts=1, reuse_module=True, kwargs_hint={'x': {'type': 'int', 'in': [1, 2]}})\n"
            "def f(x, y: int = 2, *args, z=object(), **kwargs):\n    '''\n    Does it.\n\n      Indented é.\n    '''\n"), [{
                "name": "f", "title": "标题", "description": "Does it.\n\n  Indented é.",
                "definition": "f(x, y: int = 2, *args, z=<object object>, **kwargs)", "args": ["x", "y", "*args", "z", "**kwargs"],
                "kwargs": {
                    "x": {"type": "int", "in": [1, 2]}, "y": {"default": 2}, "*args": {}, "z": {"default": "<Complex Object>"}, "**kwargs": {}},
                "extraConfig": {
                    "fixedCrontab": "*/5 * * * *", "timeout": 5, "apiTimeout": 6, "cacheResult": 7, "queue": 9, "maxAttempts": 1,
                    "isHidden": True, "reuseModule": True},
                "category": "prediction", "tags": ["a", "b"], "integration": None, "defOrder": 0}])

    def test_the_later_name_of_fixed_crontab_is_the_same(self):
        facts = self.facts_of("@DFF.API('F', fixed_cron_expr='*/5 * * * *')\ndef f(): pass\n")
        self.assertEqual(facts[0]["extraConfig"], {"fixedCrontab": "*/5 * * * *"})

    def test_functions_keep_their_order_and_disabled_ones_stay_away(self):
        facts = self.facts_of(
            "@DFF.API\ndef b(): pass\n@DFF.API(is_disabled=True)\ndef c(): pass\n@DFF.API()\ndef a(): pass\ndef d(): pass\n")
        self.assertEqual([(fact["name"], fact["defOrder"], fact["title"]) for fact in facts], [("b", 0, None), ("a", 1, None)])

    def test_what_an_imported_script_exports_is_not_ours(self):
        self.silo.publish("demo__lib", "@DFF.API('lib')\ndef g(): pass\n")
        self.assertEqual([fact["name"] for fact in self.facts_of("from demo__lib import g\n@DFF.API('own')\ndef f(): pass\n")], ["f"])

    def test_facts_come_with_a_call_that_fails_too(self):
        outcome = self.worker.run("@DFF.API()\ndef f(): 1 / 0\n", "f", facts=True)
        self.assertEqual([fact["name"] for fact in outcome.facts], ["f"])

    def test_two_functions_of_one_name_are_refused(self):
        outcome = self.worker.run("@DFF.API()\ndef f(): pass\n@DFF.API()\ndef f(x): pass\n", None)
        self.assertEqual(outcome.header["etype"], "DuplicatedFuncException")
        self.assertIn("'f'", outcome.message)

    def test_wrong_arguments_are_refused_naming_them(self):
        for arguments in (
            "title=1", "category=1", "tags='a'", "tags=[1]", "timeout=0", "timeout=3601", "timeout='5'", "timeout=True", "api_timeout=181",
            "cache_result=-1", "queue=10", "queue=0", "queue='gpu'", "is_hidden=1", "is_disabled=None", "max_attempts=0", "reuse_module='x'",
            "fixed_crontab='* * * *'", "fixed_crontab='60 * * * *'", "fixed_crontab='a * * * *'", "fixed_crontab='*/0 * * * *'",
            "fixed_crontab=5", "integration='other'", "integration_config={}", "kwargs_hint=[]",
        ):
            with self.subTest(arguments):
                message = self.refused(arguments)
                self.assertIn(f"`{arguments.split('=')[0]}`", message)
                self.assertIn("'f'", message)
        self.assertIn("`colour`", self.refused("colour=1"))

    def test_crontabs_that_schedulers_know_are_taken(self):
        for text in ("* * * * *", "0 9-17/2 1,15 jan-MAR mon,FRI", "@hourly", "0 0 L * *", "0 0 * * 5L", "0 0 * * 1#2", "0 0 * * 7"):
            with self.subTest(text):
                self.assertEqual(self.facts_of(f"@DFF.API(fixed_crontab={text!r})\ndef f(): pass\n")[0]["extraConfig"], {"fixedCrontab": text})

    def test_integrations(self):
        for given, config, integration in (
            ("signIn", None, "signIn"),
            ("autoRun", {"onLaunch": True, "crontab": "*/5 * * * *"}, "autoRun"),
            ("onMQTT", {"topic": "$share/g/a/+/#"}, "onMQTT"),
        ):
            fact = self.facts_of(f"@DFF.API(integration={given!r}, integration_config={config!r})\ndef f(*args): pass\n")[0]
            self.assertEqual(fact["integration"], integration)
            self.assertEqual(fact["extraConfig"].get("integrationConfig"), config)
        for given, config in (
            ("autoRun", {"onLaunch": 1}), ("autoRun", {"often": True}), ("autoRun", {"crontab": "x"}), ("onMQTT", {}), ("onMQTT", None),
            ("onMQTT", {"topic": "a/#/b"}), ("onMQTT", {"topic": "a+"}), ("onMQTT", {"topic": "$share//a"}), ("signIn", {"topic": "a"}),
        ):
            self.assertIn("`integration_config", self.refused(f"integration={given!r}, integration_config={config!r}"))

    def test_hints_that_cannot_work_are_refused(self):
        for hint in (
            {"y": {"type": "int"}}, {"x": {"typ": "int"}}, {"x": {"type": "integer"}}, {"x": 1}, {"x": {"type": "int", "minLength": 1}},
            {"x": {"type": "str", "maxValue": 1}}, {"x": {"type": "enum"}}, {"x": {"in": 1}}, {"x": {"type": "int", "minValue": "1"}},
            {"x": {"minLength": -1}}, {"x": {"type": "int", "raiseTypeError": 1}}, {"x": {"type": "int", "minValue": 3, "maxValue": 2}},
        ):
            with self.subTest(hint):
                self.assertIn(next(iter(hint)), self.refused(f"kwargs_hint={hint!r}"))

    def test_hints_convert_and_check_before_the_call(self):
        def answer(hint, value):
            outcome = self.run_code(f"@DFF.API(kwargs_hint={{'x': {hint!r}}})\ndef f(x=None):\n    return x\n", {"x": value})
            return (outcome.header["etype"], outcome.message) if outcome.is_error else outcome.raw

        for hint, value, expected in (
            ({"type": "int"}, "12", 12), ({"type": "int"}, 12.0, 12), ({"type": "int"}, "x", "x"), ({"type": "float"}, "1.5", 1.5),
            ({"type": "str"}, 5, "5"), ({"type": "bool"}, "no", False), ({"type": "bool"}, 1, True), ({"type": "list"}, "[1]", [1]),
            ({"type": "dict"}, '{"a": 1}', {"a": 1}), ({"type": "json"}, "3", 3), ({"type": "commaArray"}, "a, b,", ["a", "b"]),
            ({"type": "enum", "in": ["a"]}, "a", "a"), ({"type": "int", "raiseTypeError": True}, None, None), ({"notIn": [1]}, 2, 2),
            ({"type": "str", "minLength": 1, "maxLength": 2}, "ab", "ab"), ({"type": "int", "minValue": 1, "maxValue": 2}, "2", 2),
        ):
            with self.subTest(hint=hint, value=value):
                self.assertEqual(answer(hint, value), expected)
        for hint, value, etype in (
            ({"type": "int", "raiseTypeError": True}, "x", "TypeError"), ({"type": "int", "raiseTypeError": True}, True, "TypeError"),
            ({"type": "list", "raiseTypeError": True}, "{}", "TypeError"), ({"type": "bool", "raiseTypeError": True}, "maybe", "TypeError"),
            ({"type": "enum", "in": ["a"]}, "b", "ValueError"), ({"notIn": [1]}, 1, "ValueError"), ({"type": "str", "minLength": 1}, "", "ValueError"),
            ({"type": "int", "maxValue": 2}, "3", "ValueError"), ({"type": "int", "maxValue": 2}, "x", "ValueError"),
        ):
            with self.subTest(hint=hint, value=value):
                found = answer(hint, value)
                self.assertEqual(found[0], etype)
                self.assertIn("'x'", found[1])

    def test_a_call_of_a_bad_export_fails_as_a_load_does(self):
        outcome = self.run_code("@DFF.API(timeout=-1)\ndef g(): pass\ndef f(): pass\n")
        self.assertEqual(outcome.header["etype"], "InvalidOptionException")


if __name__ == "__main__":
    unittest.main()
