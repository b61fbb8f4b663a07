import time
import unittest

from driver import HostError
from harness_case import HarnessCase


class DffObject(HarnessCase):
    def test_env_variables_are_cast(self):
        values = {
            "s": ("x", "string", "x"), "i": ("12", "integer", 12), "f": ("1.5", "float", 1.5), "b": ("true", "boolean", True),
            "j": ('{"a": [1]}', "json", {"a": [1]}), "c": ("a, b", "commaArray", ["a", "b"])}
        self.silo.host["env.get"] = lambda a: dict(zip(("value", "type"), values[a["id"]])) if a["id"] in values else None
        self.assertEqual(self.value_of("[DFF.ENV(x) for x in 'sifbjc']"), [expected for _, _, expected in values.values()])
        self.assertEqual(self.value_of("[DFF.ENV('none'), DFF.ENV.get('none', 1), DFF.env('s')]"), [None, 1, "x"])

    def test_env_save_picks_the_type_from_the_value(self):
        saved = []
        self.silo.host["env.save"] = lambda a: saved.append((a["value"], a["type"], a["title"])) or {"id": a["id"]}
        self.value_of("[DFF.ENV.save('x', v, 'T', 'D') for v in ('a', 1, 1.5, True, [1], None)]")
        self.assertEqual(saved, [
            ("a", "string", "T"), ("1", "integer", "T"), ("1.5", "float", "T"), ("true", "boolean", "T"), ("[1]", "json", "T"), ("null", "json", "T")])

    def test_store_uses_the_script_as_scope(self):
        asked = []

        def record(arguments):
            asked.append(arguments)
            return True

        for operation in ("store.get", "store.set", "store.delete"):
            self.silo.host[operation] = record
        self.value_of("[DFF.STORE('k'), DFF.STORE.get('k', 's'), DFF.STORE.set('k', {'a': 1}, expire=5, not_exists=True), DFF.STORE.delete('k')]")
        self.assertEqual(asked, [
            {"scope": "demo__main", "key": "k"}, {"scope": "s", "key": "k"},
            {"scope": "demo__main", "key": "k", "value": {"a": 1}, "expire": 5, "notExists": True}, {"scope": "demo__main", "key": "k"}])
        self.assertIn("256", self.run_code("def f():\n    DFF.STORE.get('k' * 257)\n").message)
        self.assertEqual(self.run_code("def f():\n    DFF.STORE.set('k', object())\n").header["etype"], "TypeError")

    def test_config_offers_custom_entries_only(self):
        self.silo.host["config.list"] = lambda _: {"CUSTOM_A": 1}
        self.assertEqual(self.value_of("[DFF.CONFIG('CUSTOM_A'), DFF.CONFIG('CUSTOM_B'), DFF.CONFIG.dict(), DFF.CONFIG.list()]"), [
            1, None, {"CUSTOM_A": 1}, [{"id": "CUSTOM_A", "value": 1}]])
        self.assertEqual(self.run_code("def f():\n    DFF.CONFIG('SECRET')\n").header["etype"], "AccessDenyException")

    def test_what_the_host_does_not_offer_raises_its_class(self):
        for expression in ("DFF.SRC('x')", "DFF.CONN('x')", "DFF.CACHE('x')", "DFF.CACHE.incr('x')", "DFF.FUNC('a__b.c')", "DFF.MQTT('t', 'm')", "DFF.MQTT.publish('t', 'm')"):
            with self.subTest(expression):
                self.assertEqual(self.run_code(f"def f():\n    {expression}\n").header["etype"], "NotEnabledException")
        self.assertTrue(self.value_of("isinstance(DFF.NotEnabledException(), DFF.DffException)"))

    def test_cached_values_are_texts(self):
        asked = []
        self.silo.host["cache.set"] = lambda a: asked.append(a) or True
        self.silo.host["cache.delete"] = lambda _: True
        self.assertEqual(self.value_of(
            "[DFF.CACHE.set('k', v) for v in ('é', 5, 1.5, b'b', {'a': [1]}, True, None)] + [DFF.CACHE.set('k', 1, 'other', expire=2, not_exists=True), DFF.CACHE.delete('k')]"),
            [True] * 8 + [1])
        self.assertEqual([a["value"] for a in asked], ["é", "5", "1.5", "b", '{"a": [1]}', "true", "null", "1"])
        self.assertEqual(asked[-1], {"scope": "other", "key": "k", "value": "1", "expire": 2, "notExists": True})
        for expression in ("DFF.CACHE.set('k', 1, expire=0)", "DFF.CACHE.expire('k', 'soon')", "DFF.CACHE.incr('k', 1.5)"):
            with self.subTest(expression):
                self.assertEqual(self.run_code(f"def f():\n    {expression}\n").header["etype"], "ValueError")

    def test_errors_of_the_host_can_be_caught(self):
        def refuse(_):
            raise HostError("FuncChainTooLongException", "a -> b -> c")

        self.silo.host["func.start"] = refuse
        self.assertEqual(self.run_code(
            "def f():\n    try:\n        DFF.FUNC('a__b.c', kwargs={'x': 1})\n    except DFF.FuncChainTooLongException as e:\n        return str(e)\n").raw, "a -> b -> c")

    def test_values_that_the_host_refuses_are_value_errors(self):
        def refuse(_):
            raise HostError("ValueError", "key: too long")

        self.silo.host["store.get"] = refuse
        self.assertEqual(self.run_code("def f():\n    DFF.STORE('k')\n").message, "ValueError: key: too long")

    def test_host_calls_of_threads_do_not_mix(self):
        self.silo.host["env.get"] = lambda a: {"value": a["id"], "type": "string"}
        self.assertTrue(self.run_code(
            "def f():\n    for i in range(50): DFF.ASYNC.start(DFF.ENV, [f'k{i}'], key=f'k{i}')\n"
            "    return all(r == (k, None) for k, r in DFF.ASYNC.get_result().items())\n").raw)

    def test_async_runs_threads_and_tells_exceptions(self):
        self.assertEqual(self.run_code(
            "def g(x, y=0):\n    return x + y\ndef f():\n    DFF.ASYNC.start(g, [1], {'y': 2}, key='a')\n    DFF.THREAD.start(g, key='b')\n"
            "    v, e = DFF.ASYNC.get_result(key='b')\n    return [DFF.ASYNC.get_result(wait=True, key='a')[0], v, type(e).__name__]\n").raw, [3, None, "TypeError"])
        self.assertEqual(self.run_code(
            "def f():\n    DFF.ASYNC.start(print, key='a')\n    DFF.ASYNC.start(print, key='a')\n").header["etype"], "DuplicationException")

    def test_sql(self):
        self.assertEqual(self.value_of(
            "[DFF.SQL('? ?? ?', [\"it's\", 'raw', None]), DFF.format_sql('IN (?)', [[1, 'a']]), DFF.SQL('VALUES ?', [[[1, 'a'], [2, 'b']]]),"
            " DFF.SQL('SET ?', [{'a': 'x', 'b': 1}]), DFF.SQL('a ? b'), DFF.SQL('?', [r'\\\\'])]"), [
                "'it\\'s' raw NULL", "IN (1, 'a')", "VALUES (1, 'a'), (2, 'b')", "SET a = 'x', b = 1", "a ? b", "'\\\\\\\\'"])

    def test_small_members(self):
        outcome = self.run_code(
            "y = 3\ndef f():\n    x = 2\n    DFF.CTX['k'] = 1\n    DFF.plot([[1, 2]])\n"
            "    return [DFF.EVAL('x + y'), DFF.CTX('k'), DFF.CTX.k, DFF.TASK.TASK_ID, 'ENV' in dir(DFF)]\n", context={"_DFF_TASK_ID": "t"})
        self.assertEqual(outcome.raw, [5, 1, 1, "t", True])
        self.assertIn("no member 'NOPE'", self.run_code("def f():\n    DFF.NOPE\n").message)

    def test_the_start_of_the_call_is_told(self):
        before = time.time()
        seconds, milliseconds = self.run_code("def f():\n    return [_DFF_START_TIME, _DFF_START_TIME_MS]\n").raw
        self.assertTrue(int(before) <= seconds <= time.time(), (before, seconds))
        self.assertEqual(milliseconds // 1000, seconds)

    def test_old_names(self):
        self.assertEqual([f["name"] for f in self.worker.run("@DFF.export_as_api('t')\ndef f(): pass\n", None).facts], ["f"])
        self.assertEqual(self.run_code("def f():\n    DFF.call_func('a__b.c')\n").header["etype"], "NotEnabledException")


if __name__ == "__main__":
    unittest.main()
