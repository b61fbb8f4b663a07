import json
import time
import unittest

from driver import wait_until
from harness_case import HarnessCase
from servers import MariaDb, Memcached, PostgreSql, Redis, Silent

EVIL = ["' OR '1'='1", "\\' OR 1=1 -- ", "\\", "'; DROP TABLE t; -- ", "\"", "a\\'b''c", "ü€😀", "%s %% ?", "\n\t\r\x1a", "x'--\\"]
PROBE = "from dff_worker.sources import probe\ndef f(**given):\n    return getattr(probe, given.pop('do'))(DFF.SRC, **given)\n"


class SourceCase(HarnessCase):
    """Data sources by ID, as the silo would answer them."""

    def setUp(self):
        super().setUp()
        self.stored = {}
        self.sent = []

        def get(arguments):
            found = self.stored.get(arguments["id"])
            if found is None:
                return None
            version, kind, config = found
            if arguments["have"] == version:
                return {"version": version}
            self.sent.append(arguments["id"])
            return {"version": version, "type": kind, "config": config}

        self.silo.host["src.get"] = get
        self.silo.host["src.open"] = lambda arguments: json.loads(arguments["sealed"])

    def store(self, id, server, **changes):
        version = f"v{len(self.sent)}-{time.monotonic()}"
        self.stored[id] = (version, server.kind, {**server.config, **changes})

    def probe(self, **given):
        return self.worker.run(PROBE, "f", given, timeout=given.pop("timeout", 30))

    def ask(self, id, statement, form="json", rows=100, size=100_000, seconds=20, database=None, timeout=30):
        return self.probe(do="query", id=id, statement=statement, database=database, form=form, rows=rows, size=size, seconds=seconds, timeout=timeout)

    def refusal(self, outcome):
        self.assertTrue(outcome.is_error)
        return json.loads(outcome.message.partition(": ")[2])


class SqlTests:
    """What MySQL and PostgreSQL have in common."""

    def setUp(self):
        super().setUp()
        self.store("db", self.server)

    def test_queries_answer_dicts_and_statements_the_rows_they_touched(self):
        self.assertEqual(self.value_of("DFF.SRC('db').query('SELECT 1 AS a, ? AS b', ['x'])"), [{"a": 1, "b": "x"}])
        self.assertEqual(self.run_code(
            "def f():\n    db = DFF.CONN('db')\n    db.non_query('DROP TABLE IF EXISTS t')\n    db.non_query('CREATE TABLE t (id INT, v VARCHAR(200))')\n"
            "    n = db.non_query('INSERT INTO t VALUES ?', [[[1, 'a'], [2, 'b'], [3, None]]])\n"
            "    m = db.non_query('UPDATE t SET ? WHERE id IN (?)', [{'v': 'z'}, [1, 2]])\n"
            "    return [n, m, db.query('SELECT * FROM ?? ORDER BY id', ['t']), db.query('DELETE FROM t'), db.check(), repr(db)]\n").raw,
            [3, 2, [{"id": 1, "v": "z"}, {"id": 2, "v": "z"}, {"id": 3, "v": None}], [], True, f"<DFF.SRC {self.server.kind} 'db'>"])

    def test_values_stay_values_whatever_they_hold(self):
        self.assertEqual(self.run_code(
            "def f(evil):\n    db = DFF.SRC('db')\n    db.non_query('DROP TABLE IF EXISTS t')\n    db.non_query('CREATE TABLE t (v VARCHAR(200))')\n"
            "    for v in evil: db.non_query('INSERT INTO t VALUES (?)', [v])\n    found = [db.query('SELECT v FROM t WHERE v = ?', [v]) for v in evil]\n"
            "    return [[row['v'] for row in rows] for rows in found], len(db.query('SELECT v FROM t'))\n", {"evil": EVIL}).raw, [[[v] for v in EVIL], len(EVIL)])

    def test_names_that_are_none_are_refused(self):
        self.assertIn("is not the name of a column", self.run_code("def f():\n    DFF.SRC('db').non_query('UPDATE t SET ?', [{'v = 1; --': 'x'}])\n").message)

    def test_a_transaction_is_seen_by_others_after_its_commit_only(self):
        self.assertEqual(self.run_code(
            "def f():\n    db = DFF.SRC('db')\n    db.non_query('DROP TABLE IF EXISTS t')\n    db.non_query('CREATE TABLE t (id INT)')\n"
            "    one, two = db.start_trans(), db.start_trans()\n    db.trans_non_query(one, 'INSERT INTO t VALUES (?)', [1])\n    db.trans_non_query(two, 'INSERT INTO t VALUES (2)')\n"
            "    before = [db.query('SELECT * FROM t'), db.trans_query(one, 'SELECT id FROM t')]\n    db.commit(one)\n    db.rollback(two)\n"
            "    try:\n        db.trans_query(one, 'SELECT 1')\n    except ValueError as e:\n        before.append(str(e)[:25])\n    return before + db.query('SELECT id FROM t')\n").raw,
            [[], [{"id": 1}], "the transaction has ended", {"id": 1}])

    def test_a_transaction_left_open_is_rolled_back(self):
        self.value_of("[DFF.SRC('db').non_query('DROP TABLE IF EXISTS t'), DFF.SRC('db').non_query('CREATE TABLE t (id INT)')]")
        for _ in range(7):
            self.run_code("def f():\n    db = DFF.SRC('db')\n    db.trans_non_query(db.start_trans(), 'INSERT INTO t VALUES (1)')\n").raw
        self.assertEqual(self.value_of("DFF.SRC('db').query('SELECT * FROM t')"), [])

    def test_connections_are_kept_five_at_most_and_replaced_when_dead(self):
        self.assertEqual(self.run_code(
            f"def f():\n    ids = [DFF.SRC('db').query(\"{self.connection_id}\")[0]['id'] for _ in range(3)]\n    return len(set(ids))\n").raw, 1)
        self.assertEqual(self.run_code(
            f"def f():\n    db = DFF.SRC('db')\n    for i in range(12): DFF.ASYNC.start(db.query, [\"{self.sleep}\"], key=str(i))\n    return len({{r.value[0]['id'] for r in DFF.ASYNC.get_result().values()}})\n").raw, 5)
        self.server.restart()
        wait_until(lambda: not self.run_code("def f():\n    return DFF.SRC('new').check()\n").is_error if self.store("new", self.server) is None else False, "it is back")
        self.assertEqual(self.value_of("DFF.SRC('db').query('SELECT 7 AS n')"), [{"n": 7}])

    def test_a_timeout_interrupts_a_query_and_the_next_call_is_clean(self):
        began = time.monotonic()
        outcome = self.run_code(f"def f():\n    return DFF.SRC('db').query(\"{self.long_sleep}\")\n", timeout=0.5)
        self.assertEqual(outcome.header["kind"], "timeout")
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(self.value_of("DFF.SRC('db').query('SELECT 2 AS n')"), [{"n": 2}])

    def test_the_next_call_finds_no_session_state(self):
        self.value_of(f"DFF.SRC('db').query(\"{self.set_state}\")")
        self.assertEqual(self.value_of(f"DFF.SRC('db').query(\"{self.get_state}\")[0]['s']"), self.no_state)

    def test_a_forked_process_cannot_disturb_the_connections(self):
        self.assertEqual(self.run_code(
            "import os\ndef f():\n    db = DFF.SRC('db')\n    db.query('SELECT 1 AS a')\n    pid = os.fork()\n    if pid == 0:\n        try:\n            db.query('SELECT 2 AS a')\n        except RuntimeError:\n"
            "            os._exit(7)\n        os._exit(8)\n    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n    return [status, db.query('SELECT 3 AS a')]\n").raw, [7, [{"a": 3}]])

    def test_a_helper_that_a_module_keeps_leaves_nothing_behind_either(self):
        code = ("db = DFF.SRC('db')\n@DFF.API('F', reuse_module=True)\ndef f(begin):\n    if begin:\n        db.trans_query(db.start_trans(), 'SELECT 1')\n        return len(db._open)\n"
                "    return [len(db._open), db.query('SELECT 5 AS a')]\n")
        self.silo.publish("demo__kept", code)
        self.assertEqual(self.worker.call("demo__kept", "f", {"begin": True}).raw, 1)
        self.assertEqual(self.worker.call("demo__kept", "f", {"begin": True}).raw, 1)
        self.assertEqual(self.worker.call("demo__kept", "f", {"begin": False}).raw, [0, [{"a": 5}]])

    def test_a_changed_password_is_in_force_at_once_and_secrets_are_sent_once(self):
        for _ in range(3):
            self.value_of("DFF.SRC('db').check()")
        self.assertEqual(self.sent, ["db"])
        self.store("db", self.server, password="wrong")
        self.assertTrue(self.run_code("def f():\n    DFF.SRC('db').check()\n").is_error)
        self.store("db", self.server)
        self.assertTrue(self.value_of("DFF.SRC('db').check()"))
        del self.stored["db"]
        self.assertEqual(self.run_code("def f():\n    DFF.SRC('db')\n").header["etype"], "NotFoundException")

    def test_probe_tells_what_is_wrong(self):
        sealed = lambda **changes: json.dumps({"id": "db", "type": self.server.kind, "config": {**self.server.config, **changes}})  # noqa: E731
        self.assertTrue(self.probe(do="check", sealed=sealed()).raw)
        for changes in ({"password": "canary"}, {"port": 1}, {"host": "no-such-host.invalid"}, {"database": "none-such"}):
            with self.subTest(changes):
                refusal = self.refusal(self.probe(do="check", sealed=sealed(**changes)))
                self.assertEqual(refusal["reason"], "connect")
                self.assertNotIn("canary", refusal["message"])
        silent = Silent()
        self.addCleanup(silent.close)
        self.assertEqual(self.probe(do="check", sealed=sealed(port=silent.port), timeout=1).header["kind"], "timeout")

    def test_a_typed_query_is_limited_in_rows_bytes_and_time(self):
        self.assertEqual(self.ask("db", "SELECT 1 AS a;").raw, [{"a": 1}])
        self.assertEqual(self.ask("db", "SELECT 1 AS a", form="repr").raw, "[{'a': 1}]")
        self.assertEqual(self.ask("db", "DROP TABLE IF EXISTS big").raw, {"affectedRows": 0})
        self.value_of("[DFF.SRC('db').non_query('CREATE TABLE big (v TEXT)'), DFF.SRC('db').non_query('INSERT INTO big VALUES ?', [[['x' * 100] for _ in range(1500)]])]")
        self.assertEqual(len(self.ask("db", "SELECT * FROM big", rows=2000, size=1_000_000).raw), 1500)
        self.assertIn("more than 100 rows", self.refusal(self.ask("db", "SELECT * FROM big"))["message"])
        self.assertIn("100000 bytes", self.refusal(self.ask("db", "SELECT * FROM big", rows=5000))["message"])
        self.assertIn("more than 100 rows", self.refusal(self.ask("db", "SELECT * FROM big a, big b, big c"))["message"])
        self.assertEqual(self.refusal(self.ask("db", self.long_sleep, seconds=1))["reason"], "timeout")
        self.assertEqual(self.refusal(self.ask("db", "SELEC 1"))["reason"], "statement")
        self.assertEqual(self.ask("db", "SELECT 3 AS a").raw, [{"a": 3}])
        self.assertEqual(self.ask("db", "UPDATE big SET v = 'y'").raw, {"affectedRows": 1500})


class MySql(SqlTests, SourceCase):
    connection_id = "SELECT CONNECTION_ID() AS id"
    sleep = "SELECT CONNECTION_ID() AS id, SLEEP(0.2) AS s"
    long_sleep = "SELECT SLEEP(30) AS s"
    set_state, get_state, no_state = "SET @s = 1, NAMES latin1, autocommit = 0", "SELECT CONCAT(@s, @@autocommit) AS s", None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = MariaDb()
        cls.addClassCleanup(cls.server.close)

    def test_another_database_is_a_connection_of_its_own(self):
        self.assertEqual(self.value_of("[DFF.SRC('db', d).query('SELECT DATABASE() AS d')[0]['d'] for d in (None, 'two', None)]"), ["one", "two", "one"])
        self.value_of("DFF.SRC('db').query('USE two')")
        self.assertEqual(self.value_of("DFF.SRC('db').query('SELECT DATABASE() AS d')[0]['d']"), "one")

    def test_values_stay_values_where_the_backslash_escapes_nothing(self):
        self.assertEqual(self.run_code(
            "def f(evil):\n    db = DFF.SRC('db')\n    t = db.start_trans()\n    db.trans_query(t, \"SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'\")\n"
            "    return [db.trans_query(t, 'SELECT ? AS v', [v])[0]['v'] for v in evil]\n", {"evil": EVIL}).raw, EVIL)
        self.assertEqual(self.value_of("DFF.SRC('db').query('SELECT ? AS v', ['\\\\'])[0]['v']"), "\\")

    def test_several_statements_at_once_are_refused(self):
        self.assertTrue(self.run_code("def f():\n    DFF.SRC('db').query('SELECT 1; SELECT 2')\n").is_error)

    def test_types_keep_their_meaning(self):
        self.assertEqual(self.value_of(
            "[repr(v) for v in DFF.SRC('db').query(\"SELECT 1.50 AS a, TIMESTAMP '2026-01-31 12:00:00' AS b, X'00ff' AS c, NULL AS d, ? AS e, ? AS f\", [b'\\x00\\xfe', True])[0].values()]"),
            ["Decimal('1.50')", "datetime.datetime(2026, 1, 31, 12, 0)", "b'\\x00\\xff'", "None", "b'\\x00\\xfe'", "1"])


class PostgreSqlCase(SqlTests, SourceCase):
    connection_id = "SELECT pg_backend_pid() AS id"
    sleep = "SELECT pg_backend_pid() AS id, pg_sleep(0.2)"
    long_sleep = "SELECT pg_sleep(30)"
    set_state, get_state, no_state = "SET timezone = 'Asia/Tokyo'", "SELECT NULLIF(current_setting('TimeZone'), 'Etc/UTC') AS s", None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = PostgreSql()
        cls.addClassCleanup(cls.server.close)

    def test_the_next_call_finds_no_session_state(self):
        before = self.value_of("DFF.SRC('db').query('SHOW timezone')")
        self.value_of("[DFF.SRC('db').query(\"SET timezone = 'Asia/Tokyo'\"), DFF.SRC('db').query('SELECT pg_advisory_lock(1)')]")
        self.assertEqual(self.value_of("DFF.SRC('db').query('SHOW timezone')"), before)
        self.assertEqual(self.value_of("DFF.SRC('db').query(\"SELECT COUNT(*) AS n FROM pg_locks WHERE locktype = 'advisory'\")"), [{"n": 0}])

    def test_another_database_is_a_connection_of_its_own(self):
        self.assertEqual(self.value_of("[DFF.SRC('db', d).query('SELECT current_database() AS d')[0]['d'] for d in (None, 'template1', None)]"), ["postgres", "template1", "postgres"])

    def test_values_stay_values_with_old_quoting(self):
        self.assertEqual(self.run_code(
            "def f(evil):\n    db = DFF.SRC('db')\n    t = db.start_trans()\n    db.trans_query(t, 'SET standard_conforming_strings = off')\n"
            "    return [db.trans_query(t, 'SELECT ?::text AS v', [v])[0]['v'] for v in evil]\n", {"evil": EVIL}).raw, EVIL)
        self.assertIn("NUL", self.run_code("def f():\n    DFF.SRC('db').query('SELECT ?', ['a\\0b'])\n").message)

    def test_types_keep_their_meaning(self):
        self.assertEqual(self.value_of(
            "[repr(v) for v in DFF.SRC('db').query(\"SELECT 1.50 AS a, TIMESTAMP '2026-01-31 12:00:00' AS b, '\\\\x00ff'::bytea AS c, NULL AS d, ? AS e, ? AS f, '{1,2}'::int[] AS g, '{\\\"a\\\": 1}'::json AS h\", [b'\\x00\\xfe', True])[0].values()]"),
            ["Decimal('1.50')", "datetime.datetime(2026, 1, 31, 12, 0)", "b'\\x00\\xff'", "None", "b'\\x00\\xfe'", "True", "[1, 2]", "{'a': 1}"])

    def test_a_typed_query_that_no_cursor_takes_runs_all_the_same(self):
        self.assertEqual(self.ask("db", "DROP TABLE IF EXISTS c").raw, {"affectedRows": 0})
        self.assertEqual(self.ask("db", "SELECT 1 AS a INTO c").raw, {"affectedRows": 1})
        self.assertEqual(self.ask("db", "WITH d AS (DELETE FROM c RETURNING a) SELECT * FROM d").raw, [{"a": 1}])
        self.assertEqual(self.ask("db", "SHOW server_encoding").raw, [{"server_encoding": "UTF8"}])


class RedisTests(SourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Redis()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        super().setUp()
        self.store("r", self.server)

    def test_commands_by_every_way(self):
        self.assertEqual(self.run_code(
            "def f():\n    r = DFF.SRC('r')\n    r.set('k', 'v')\n    r.setex('e', 100, 'w')\n    r.run('lpush', 'l', 'a', 'b')\n"
            "    return [r.query('GET', 'k'), r.query('GET e'), r.get('k'), r.run('GET', 'k'), r.query('LRANGE', 'l', 0, -1), r.run('OBJECT', 'ENCODING', 'k') is not None, r.check(), repr(r)]\n").raw,
            ["v", "w", "v", "v", ["b", "a"], True, True, "<DFF.SRC redis 'r'>"])
        self.assertEqual(self.value_of("repr(DFF.SRC('r').get('k'))"), "b'v'")

    def test_a_lock_is_given_back_by_its_holder_only(self):
        self.assertEqual(self.run_code(
            "def f():\n    r = DFF.SRC('r')\n    v = r.lock('lock', expires=60)\n    return [bool(v), r.lock('lock'), r.unlock('lock', 'other'), r.unlock('lock', v), r.lock('lock', 'mine', 1), r.unlock('lock', 'mine')]\n").raw,
            [True, None, False, True, "mine", True])

    def test_another_database_and_no_session_state(self):
        self.assertEqual(self.run_code(
            "def f():\n    DFF.SRC('r', 3).set('only', 'three')\n    r = DFF.SRC('r')\n    r.query('SELECT', 3)\n    return r.get('only')\n").raw, "three")
        self.assertIsNone(self.value_of("DFF.SRC('r').get('only')"))
        self.assertEqual(self.value_of("DFF.SRC('r', '3').get('only')"), "three")
        self.assertIn("numbers its databases", self.run_code("def f():\n    DFF.SRC('r', 'x')\n").message)

    def test_a_dead_connection_is_replaced_and_an_interrupted_one_is_not_used(self):
        self.value_of("DFF.SRC('r').set('k', 'v')")
        self.server.restart()
        self.assertIsNone(self.value_of("DFF.SRC('r').get('k')"))
        outcome = self.run_code("def f():\n    DFF.SRC('r').blpop('never', 0)\n", timeout=0.5)
        self.assertEqual(outcome.header["kind"], "timeout")
        self.value_of("DFF.SRC('r').rpush('never', 'late')")
        self.assertEqual(self.value_of("[DFF.SRC('r').set('k', 'v2'), DFF.SRC('r').get('k')]"), [True, "v2"])

    def test_probe(self):
        sealed = lambda **changes: json.dumps({"id": "r", "type": "redis", "config": {**self.server.config, **changes}})  # noqa: E731
        self.assertTrue(self.probe(do="check", sealed=sealed()).raw)
        self.assertIn("password", self.refusal(self.probe(do="check", sealed=sealed(password="canary")))["message"])
        self.assertEqual(self.ask("r", "SET 'a b' \"c d\"").raw, True)
        self.assertEqual(self.ask("r", "GET 'a b'", form="repr").raw, "b'c d'")
        self.value_of("DFF.SRC('r').set('huge', 'x' * 200_000)")
        self.assertIn("100000 bytes", self.refusal(self.ask("r", "GET huge"))["message"])
        self.assertEqual(self.refusal(self.ask("r", "NOSUCH"))["reason"], "statement")


class MemcachedTests(SourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server, cls.other = Memcached(), Memcached()
        cls.addClassCleanup(cls.server.close)
        cls.addClassCleanup(cls.other.close)

    def setUp(self):
        super().setUp()
        self.store("m", self.server)
        self.store("both", self.server, servers=f"{self.server.config['servers']}, {self.other.config['servers']}")

    def test_commands_by_every_way(self):
        self.assertEqual(self.run_code(
            "def f():\n    m = DFF.SRC('m')\n    return [m.set('k', 'v', 100), m.get('k'), m.get('none', 1), m.add('k', 'w'), m.replace('k', {'a': [1]}), m.query('get', 'k'), m.query('set n 5'), m.incr('n', 2),\n"
            "        m.run('get', 'n'), m.delete('k'), m.get('k'), m.set('i', 7), repr(m.get('i')), m.set('b', b'\\xff\\x00'), repr(m.get('b')), m.check()]\n").raw,
            [True, "v", 1, False, True, {"a": [1]}, True, 7, "7", True, None, True, "7", True, "b'\\xff\\x00'", True])
        for bad in ("DFF.SRC('m').get('a b')", "DFF.SRC('m').get('k' * 300)", "DFF.SRC('m').query('shutdown')", "DFF.SRC('m').get('a\\r\\nflush_all\\r\\n')", "DFF.SRC('m', 'db')"):
            with self.subTest(bad):
                self.assertTrue(self.run_code(f"def f():\n    {bad}\n").is_error)

    def test_keys_are_spread_and_found(self):
        self.assertEqual(self.run_code(
            "def f():\n    m = DFF.SRC('both')\n    m.run('flush_all')\n    for i in range(40): m.set(f'k{i}', i)\n    counts = [int(s[b'curr_items']) for s in m.run('stats')]\n"
            "    return [all(m.get(f'k{i}') == i for i in range(40)), sum(counts), min(counts) > 5]\n").raw, [True, 40, True])

    def test_a_dead_connection_is_replaced(self):
        self.value_of("DFF.SRC('m').set('k', 'v')")
        self.server.restart()
        self.assertIsNone(self.value_of("DFF.SRC('m').get('k')"))

    def test_probe(self):
        self.assertTrue(self.probe(do="check", id="both").raw)
        self.store("both", self.server, servers=f"{self.server.config['servers']},127.0.0.1:1")
        self.assertEqual(self.refusal(self.probe(do="check", id="both"))["reason"], "connect")
        self.assertEqual(self.ask("m", "set k 'a b'").raw, True)
        self.assertEqual(self.ask("m", "get k").raw, "a b")


class DriverTests(SourceCase):
    def test_a_type_without_driver_says_so(self):
        for kind in ("df_dataway", "influxdb", "clickhouse", "oracle", "sqlserver", "mongodb", "elasticsearch", "nsq"):
            self.stored[kind] = ("v", kind, {"host": "127.0.0.1"})
            outcome = self.run_code(f"def f():\n    DFF.SRC('{kind}')\n")
            self.assertEqual(outcome.header["etype"], "NotEnabledException")
            self.assertIn(f"'{kind}' is not installed", outcome.message)
            self.assertEqual(self.refusal(self.probe(do="check", id=kind))["reason"], "driver")

    def test_a_missing_library_is_named_with_its_package(self):
        self.stored["m"] = ("v", "mysql", {"host": "127.0.0.1"})
        refusal = self.refusal(self.worker.run("import sys\nsys.modules['pymysql'] = None\n" + PROBE, "f", {"do": "check", "id": "m"}))
        self.assertEqual(refusal["reason"], "driver")
        self.assertIn("python3-pymysql", refusal["message"])

    def test_list_save_and_delete_ask_the_silo(self):
        asked = []
        self.silo.host["src.list"] = lambda a: [{"id": "a"}]
        self.silo.host["src.save"] = lambda a: asked.append(a) or {"id": a["id"]}
        self.silo.host["src.delete"] = lambda a: asked.append(a) or True
        self.assertEqual(self.value_of("[DFF.SRC.list(), DFF.SRC.save('a', 'redis', {'host': 'h'}, 'T'), DFF.SRC.delete('a')]"), [[{"id": "a"}], {"id": "a"}, True])
        self.assertEqual(asked, [{"id": "a", "type": "redis", "config": {"host": "h"}, "title": "T", "description": None}, {"id": "a"}])


if __name__ == "__main__":
    unittest.main()
