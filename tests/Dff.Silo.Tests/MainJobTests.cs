using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Write, publish, share, call: what the product is for.</summary>
public abstract class MainJobTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task A_published_function_is_called_through_an_auth_link_in_all_forms()
    {
        await _api.PublishAsync("forms__a", "@DFF.API('F')\ndef f(x, y='d', z=None):\n    return [x, y, z]\n");
        await _api.AddLinkAsync("auln-forms", "forms__a.f", new { x = "FROM_PARAMETER", y = "fixed", z = "INPUT_BY_CALLER" });

        (await _api.PostAsync("/api/v1/al/auln-forms", new { kwargs = new { x = 1 } })).Text.Should().Be("""[1,"fixed",null]""");
        (await _api.GetAsync("/api/v1/al/forms?kwargs=" + Uri.EscapeDataString("""{"x":2,"z":[3]}"""))).Text.Should().Be("""[2,"fixed",[3]]""");
        (await _api.GetAsync("/api/v1/al/forms/simplified?x=a&z=b")).Text.Should().Be("""["a","fixed","b"]""");
        (await _api.GetAsync("/api/v1/al/forms/flattened?kwargs_x=a&options_timeout=5")).Text.Should().Be("""["a","fixed",null]""");
        (await _api.PostAsync("/api/v1/al/forms/simplified", new { x = 1.5 })).Text.Should().Be("""[1.5,"fixed",null]""");
        (await _api.PostAsync("/api/v1/al/forms/flattened", new { kwargs_x = true, options_returnType = "repr" })).Text.Should().Be("[True, 'fixed', None]");
        var form = new HttpRequestMessage(HttpMethod.Post, "/api/v1/al/forms/simplified") { Content = new FormUrlEncodedContent([new("x", "from a form")]) };
        (await _api.SendAsync(form)).Text.Should().Be("""["from a form","fixed",null]""");
    }

    [Fact]
    public async Task An_auth_link_takes_forms_and_what_curl_and_Python_make_of_a_call()
    {
        await _api.PublishAsync("clients__a", "@DFF.API('F')\ndef f(x=0, y=None):\n    return [x, y]\n");
        await _api.AddLinkAsync("auln-clients", "clients__a.f", new { x = "FROM_PARAMETER", y = "FROM_PARAMETER" });
        Task<ApiAnswer> PostFormAsync(string path, string body) => _api.SendAsync(new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded"),
        });

        (await PostFormAsync("/api/v1/al/clients", $"kwargs={Uri.EscapeDataString("""{"x":1,"y":"é"}""")}&options={Uri.EscapeDataString("""{"returnType":"repr"}""")}")).Text.Should().Be("[1, 'é']");
        (await PostFormAsync("/api/v1/al/clients", "")).Text.Should().Be("[0,null]");
        (await PostFormAsync("/api/v1/al/clients", """ {"kwargs":{"x":[2]}}""")).Text.Should().Be("[[2],null]", "curl calls JSON a form");
        (await PostFormAsync("/api/v1/al/clients/simplified", """{"x":2}""")).Text.Should().Be("[2,null]");
        (await PostFormAsync("/api/v1/al/clients/simplified", "x=a+b&y=%C3%A9")).Text.Should().Be("""["a b","é"]""");
        var enveloped = (await _api.GetAsync("/api/v1/al/clients/flattened?kwargs_x=1&options_unfold=False")).RequireOk();
        enveloped.Data!["result"]!.ToJsonString().Should().Be("""["1",null]""");
        foreach (var (body, field) in ((string, string)[])[("kwargs={x", "kwargs"), ("kwargs=1", "kwargs"), ("options=%7B%22timeout%22%3A0%7D", "options.timeout"), ("x=1", "x"), ("options=", "options")])
        {
            var refused = await PostFormAsync("/api/v1/al/clients", body);
            (refused.Status, (string?)refused.Json["detail"]!["field"]).Should().Be((HttpStatusCode.BadRequest, field), refused.Text);
        }

        var all = (await _api.GetAsync("/api/v1/funcs/do/list?noPage=True&pageSize=1")).RequireOk();
        all.Json["pageInfo"].Should().BeNull();
        (await _api.GetAsync("/api/v1/funcs/do/list?noPage=perhaps")).Status.Should().Be(HttpStatusCode.BadRequest);
        (await _api.GetAsync("/api/v1/auth-links/do/list?id=auln-clients")).RequireOk();
        (await _api.PostAsync("/api/v1/auth-links/auln-clients/do/modify", new { data = new { expireTime = "2020-01-01T00:00:00Z" } })).RequireOk();
        ((string?)(await _api.GetAsync("/api/v1/al/clients")).Json["detail"]!["expireTime"]).Should().Be("2020-01-01T00:00:00.000Z");
    }

    [Fact]
    public async Task Cached_values_are_shared_by_calls_and_behave_as_Redis_does()
    {
        const string Code =
            """
            @DFF.API('F')
            def f():
                C = DFF.CACHE
                r = [C('k'), C.set('k', 5), C.get('k'), C.set('k', 6, not_exists=True), C.getset('k', 'é'), C('k'), C('k', 'other'), C.delete('k'), C.delete('k')]
                r += [C.incr('n'), C.incr('n', 5), C.incr('n', step=-2), C.get('n'), C.expire('n', 100), C.expire('none', 1)]
                r += [C.lpush('l', 'b'), C.rpush('l', 'c'), C.rpoplpush('l'), C.rpoplpush('l', 'm'), C.lpop('l'), C.rpop('l'), C.rpop('m')]
                try:
                    C.set('text', 'x')
                    C.lpush('text', 'y')
                except ValueError as error:
                    r.append(str(error))
                C.set('seen', 'by the next call', scope='shared')
                return r
            @DFF.API('G')
            def g():
                return DFF.CACHE('seen', 'shared')
            @DFF.API('Short')
            def put():
                DFF.CACHE.set('e', 1, expire=1)
                return DFF.CACHE('e')
            @DFF.API('Gone')
            def get():
                return DFF.CACHE('e')
            """;
        await _api.PublishAsync("caches__a", Code);

        (await _api.CallAsync("caches__a.f")).RequireOk().Data!["result"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Should().Be(
            """[null,true,"5",false,"5","é",null,1,0,1,6,4,"4",true,false,1,2,"c","b","c",null,"b","the value of 'text' is no list"]""");
        ((string?)(await _api.CallAsync("caches__a.g")).Data!["result"]).Should().Be("by the next call");
        ((string?)(await _api.CallAsync("caches__a.put")).Data!["result"]).Should().Be("1");
        await Eventually.TrueAsync(async () => (await _api.CallAsync("caches__a.get")).Data!["result"] is null, "the value has expired");
    }

    [Theory]
    [InlineData("30.0", "30", "text/plain")]
    [InlineData("1.5", "1.5", "text/plain")]
    [InlineData("1e21", "1e+21", "text/plain")]
    [InlineData("12345678901234567890", "12345678901234567000", "text/plain")]
    [InlineData("1e-7", "1e-7", "text/plain")]
    [InlineData("'a <b>'", "a <b>", "text/plain")]
    [InlineData("True", "true", "application/json")]
    [InlineData("None", "null", "application/json")]
    [InlineData("{'a': 30.0}", """{"a":30.0}""", "application/json")]
    public async Task A_bare_result_is_written_as_clients_expect(string expression, string text, string contentType)
    {
        await _api.PublishAsync("bare__a", $"@DFF.API('F')\ndef f():\n    return {expression}\n");
        await _api.PostAsync("/api/v1/auth-links/do/add", new { data = new { id = "auln-bare", funcId = "bare__a.f", funcCallKwargsJSON = new { } } });

        var answer = await _api.GetAsync("/api/v1/al/auln-bare");

        answer.Text.Should().Be(text);
        answer.ContentType.Should().Be(contentType);
        answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
    }

    [Fact]
    public async Task A_fixed_argument_cannot_be_given_another_value()
    {
        await _api.PublishAsync("fixed__a", "@DFF.API('F')\ndef f(x, y=0):\n    return [x, y]\n");
        await _api.AddLinkAsync("auln-fixed", "fixed__a.f", new { x = 1 });

        var other = await _api.PostAsync("/api/v1/al/fixed", new { kwargs = new { x = 2 } });
        other.Status.Should().Be(HttpStatusCode.BadRequest);
        other.Reason.Should().Be("EClientBadRequest");
        ((string?)other.Json["detail"]!["kwargsField"]).Should().Be("x");
        ((string?)other.Json["detail"]!["funcId"]).Should().Be("fixed__a.f");
        (await _api.PostAsync("/api/v1/al/fixed", new { kwargs = new { x = 1 } })).Text.Should().Be("[1,0]");
        (await _api.PostAsync("/api/v1/al/fixed", new { kwargs = new { y = 1 } })).Reason.Should().Be("EClientBadRequest");
    }

    [Fact]
    public async Task Further_arguments_pass_where_the_link_says_so()
    {
        await _api.PublishAsync("further__a", "@DFF.API('F')\ndef f(x, **kwargs):\n    return [x, kwargs]\n");
        await _api.AddLinkAsync("auln-further", "further__a.f", new Dictionary<string, object> { ["x"] = 1, ["**kwargs"] = "INPUT_BY_CALLER" });

        (await _api.PostAsync("/api/v1/al/further", new { kwargs = new { a = 2 } })).Text.Should().Be("""[1,{"a":2}]""");
    }

    [Fact]
    public async Task A_disabled_an_expired_and_a_missing_link_answer_why()
    {
        await _api.PublishAsync("gone__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        await _api.AddLinkAsync("auln-gone", "gone__a.f", new { });

        (await _api.PostAsync("/api/v1/auth-links/auln-gone/do/modify", new { data = new { isDisabled = true } })).RequireOk();
        (await _api.GetAsync("/api/v1/al/gone")).Reason.Should().Be("EBizCondition.AuthLinkDisabled");
        (await _api.PostAsync("/api/v1/auth-links/auln-gone/do/modify", new { data = new { isDisabled = false, expireTime = "2020-01-01T00:00:00Z" } })).RequireOk();
        (await _api.GetAsync("/api/v1/al/gone")).Reason.Should().Be("EBizCondition.AuthLinkExpired");
        (await _api.PostAsync("/api/v1/auth-links/auln-gone/do/modify", new { data = new { expireTime = (string?)null } })).RequireOk();
        (await _api.GetAsync("/api/v1/al/gone")).Text.Should().Be("1");
        (await _api.GetAsync("/api/v1/scripts/gone__a/do/delete")).RequireOk();
        (await _api.GetAsync("/api/v1/al/gone")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync("/api/v1/auth-links/auln-gone/do/delete")).RequireOk();
        (await _api.GetAsync("/api/v1/al/gone")).Reason.Should().Be("EClientNotFound");
    }

    [Fact]
    public async Task Throttling_admits_no_more_than_its_limit()
    {
        await _api.PublishAsync("throttled__a", "@DFF.API('F')\ndef f():\n    return 1\n");
        await _api.AddLinkAsync("auln-throttled", "throttled__a.f", new { }, new { byDay = 5 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _api.GetAsync("/api/v1/al/throttled")));

        answers.Count(answer => answer.IsOk).Should().Be(5);
        var refused = answers.First(answer => !answer.IsOk);
        refused.Status.Should().Be(HttpStatusCode.Forbidden);
        refused.Reason.Should().Be("EBizCondition.AuthLinkThrottling");
        var detail = refused.Json["detail"]!;
        ((string?)detail["rule"]).Should().Be("byDay");
        ((int)detail["limit"]!).Should().Be(5);
        ((int)detail["currentCount"]!).Should().Be(5);
        ((double)detail["waitSeconds"]!).Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task A_failing_function_answers_its_own_last_lines()
    {
        await _api.PublishAsync("fails__a", "@DFF.API('F')\ndef f(x=0):\n    return 1 / x\n");

        var answer = await _api.CallAsync("fails__a.f", new { x = 0 });

        ((int)answer.Status).Should().Be(599);
        ((double)answer.Json["error"]!).Should().Be(599.30);
        answer.Reason.Should().Be("EFuncFailed");
        ((string)answer.Json["detail"]!["etype"]!).Should().Be("ZeroDivisionError");
        ((string)answer.Json["detail"]!["einfoTEXT"]!).Should().Be("return 1 / x\nZeroDivisionError: division by zero");
        (await _api.CallAsync("fails__a.f", new { nope = 1 })).Reason.Should().Be("EFuncFailed");
        (await _api.CallAsync("fails__a.nope")).Reason.Should().Be("EClientNotFound");
    }

    [Fact]
    public async Task A_function_that_runs_too_long_is_stopped()
    {
        await _api.PublishAsync("slow__a", "@DFF.API('F', timeout=1)\ndef f():\n    while True: pass\n");

        var stopped = await _api.CallAsync("slow__a.f");
        (stopped.Reason, (string?)stopped.Json["detail"]!["einfoTEXT"]).Should().Be(("EFuncTimeout", "while True: pass\nFuncTimeout"));
        await _api.PublishAsync("slow__c", "@DFF.API('F')\ndef f():\n    while True: pass\n");
        var waited = await _api.CallAsync("slow__c.f", options: new { apiTimeout = 1 });
        (waited.Reason, (decimal)waited.Json["error"]!, (string?)waited.Json["detail"]!["taskId"]).Should().BeEquivalentTo(("EAPITimeout", 599.1m, (string?)waited.Json["detail"]!["id"]), "it was the caller's time that was over");
        await _api.PublishAsync("slow__b", "@DFF.API('F')\ndef f():\n    return 'next'\n");
        (await _api.CallAsync("slow__b.f")).IsOk.Should().BeTrue();
    }

    [Fact]
    public async Task A_cached_result_says_so_and_ends_with_the_version()
    {
        const string Code = "import time\n@DFF.API('F', cache_result=600)\ndef f(a, b):\n    return time.time_ns()\n";
        await _api.PublishAsync("cached__a", Code);

        var first = await _api.CallAsync("cached__a.f", new { a = 1, b = 2 });
        var second = await _api.PostTextAsync("/api/v1/func/cached__a.f", """{"kwargs":{"b":2,"a":1}}""");
        var other = await _api.CallAsync("cached__a.f", new { a = 1, b = 3 });

        first.Headers.Contains("X-Result-Cache").Should().BeFalse();
        second.Headers.GetValues("X-Result-Cache").Should().Equal("Cached");
        second.Data!["result"]!.ToJsonString().Should().Be(first.Data!["result"]!.ToJsonString());
        other.Data!["result"]!.ToJsonString().Should().NotBe(first.Data["result"]!.ToJsonString());
        await _api.PublishAsync("cached__a", Code + "# changed\n");
        (await _api.CallAsync("cached__a.f", new { a = 1, b = 2 })).Headers.Contains("X-Result-Cache").Should().BeFalse();
    }

    [Fact]
    public async Task A_draft_runs_with_log_result_and_traceback()
    {
        await _api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "drafts" } });
        (await _api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "drafts__a", codeDraft = "def f(x):\n    print('log', x)\n    return {'x': x}\ndef bad():\n    return 1/0\n" } })).RequireOk();

        var run = await _api.PostAsync("/api/v1/func-draft/drafts__a.f", new { kwargs = new { x = 3 } });
        run.RequireOk();
        run.Data!["result"]!["funcResult"]!["raw"]!.ToJsonString().Should().Be("""{"x":3}""");
        ((string)run.Data["result"]!["funcResult"]!["repr"]!).Should().Be("{'x': 3}");
        ((JsonArray)run.Data["result"]!["logMessages"]!).Should().ContainSingle().Which!.ToString().Should().EndWith("log 3");
        (await _api.PostAsync("/api/v1/func-draft/drafts__a", new { })).RequireOk();
        var bad = await _api.PostAsync("/api/v1/func-draft/drafts__a.bad", new { });
        ((double)bad.Json["error"]!).Should().Be(599.20);
        ((string)bad.Data!["stack"]!).Should().Contain("""File "drafts__a", line 5, in bad""").And.NotContain("dff_worker");
        ((int)bad.Data["traceInfo"]!["stack"]![0]!["lineNumber"]!).Should().Be(5);
    }

    [Fact]
    public async Task An_env_variable_change_is_seen_by_the_next_call()
    {
        await _api.PublishAsync("envs__a", "@DFF.API('F')\ndef f():\n    return DFF.ENV('envs_value')\n@DFF.API('S')\ndef save(v):\n    DFF.ENV.save('envs_saved', v)\n    return DFF.ENV('envs_saved')\n");

        ((string?)(await _api.CallAsync("envs__a.f")).Data!["result"]).Should().BeNull();
        (await _api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "envs_value", valueTEXT = "12", autoTypeCasting = "integer" } })).RequireOk();
        ((int)(await _api.CallAsync("envs__a.f")).Data!["result"]!).Should().Be(12);
        (await _api.PostAsync("/api/v1/env-variables/envs_value/do/modify", new { data = new { valueTEXT = "13" } })).RequireOk();
        ((int)(await _api.CallAsync("envs__a.f")).Data!["result"]!).Should().Be(13);
        (await _api.CallAsync("envs__a.save", new { v = new { a = 1 } })).Data!["result"]!.ToJsonString().Should().Be("""{"a":1}""");
        (await _api.PostAsync("/api/v1/env-variables/envs_value/do/modify", new { data = new { valueTEXT = "no number" } })).Reason.Should().Be("EClientBadRequest");
        (await _api.GetAsync("/api/v1/env-variables/envs_value/do/delete")).RequireOk();
        ((string?)(await _api.CallAsync("envs__a.f")).Data!["result"]).Should().BeNull();
    }

    [Fact]
    public async Task Stored_values_survive_between_calls_and_expire()
    {
        await _api.PublishAsync("stores__a", "@DFF.API('F')\ndef f():\n    DFF.STORE.set('k', {'a': [1]})\n    a = DFF.STORE('k')\n    b = DFF.STORE.set('k', 2, not_exists=True)\n    return [a, b, DFF.STORE('k', scope='other'), DFF.STORE.delete('k'), DFF.STORE('k')]\n@DFF.API('E')\ndef put():\n    DFF.STORE.set('e', 1, expire=1)\n    return DFF.STORE('e')\n@DFF.API('G')\ndef get():\n    return DFF.STORE('e')\n");

        (await _api.CallAsync("stores__a.f")).Data!["result"]!.ToJsonString().Should().Be("""[{"a":[1]},false,null,true,null]""");
        ((int)(await _api.CallAsync("stores__a.put")).Data!["result"]!).Should().Be(1);
        await Eventually.TrueAsync(async () => (await _api.CallAsync("stores__a.get")).Data!["result"] is null, "the value has expired");
    }

    [Fact]
    public async Task Deep_values_go_everywhere_and_nobody_else_notices()
    {
        const int Depth = 200;
        var deep = new string('[', Depth) + new string(']', Depth);
        const string Code =
            """
            deepest = []
            for _ in range(199):
                deepest = [deepest]
            @DFF.API('F', cache_result=1)
            def f(x=deepest):
                return x
            @DFF.API('Stores')
            def stores():
                DFF.STORE.set('deep', deepest)
                return DFF.STORE('deep') == deepest
            """;
        await _api.PublishAsync("deep__a", Code);
        async Task<string> AddAsync(string kind, string more) =>
            (string)(await _api.PostTextAsync($"/api/v1/{kind}/do/add", $$$"""{"data":{"funcId":"deep__a.f","funcCallKwargsJSON":{"x":{{{deep}}}},{{{more}}}}}""")).RequireOk().Data!["id"]!;
        Task<ApiAnswer> SendAsync(string path, HttpContent content) => _api.SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = content });

        (await _api.PostTextAsync("/api/v1/func/deep__a.f", $$$"""{"kwargs":{"x":{{{deep}}}},"options":{"unfold":true}}""")).Text.Should().Be(deep);
        (await _api.CallAsync("deep__a.f", options: new { returnType = "ALL" })).RequireOk();
        (await _api.PostTextAsync("/api/v1/func-draft/deep__a.f", "{}")).RequireOk();
        ((bool)(await _api.CallAsync("deep__a.stores")).RequireOk().Data!["result"]!).Should().BeTrue();
        await _api.AddLinkAsync("auln-deep", "deep__a.f", new { x = "FROM_PARAMETER" });
        var text = Uri.EscapeDataString($$$"""{"x":{{{deep}}}}""");
        (await _api.GetAsync($"/api/v1/al/deep?kwargs={text}")).Text.Should().Be(deep);
        (await _api.PostTextAsync("/api/v1/al/deep", $$$"""{"kwargs":{"x":{{{deep}}}}}""")).Text.Should().Be(deep);
        (await _api.PostTextAsync("/api/v1/al/deep/simplified", $$$"""{"x":{{{deep}}}}""")).Text.Should().Be(deep);
        (await _api.PostTextAsync("/api/v1/al/deep/flattened", $$$"""{"kwargs_x":{{{deep}}}}""")).Text.Should().Be(deep);
        (await SendAsync("/api/v1/al/deep", new StringContent($"kwargs={text}", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded"))).Text.Should().Be(deep);
        (await SendAsync("/api/v1/al/deep", new MultipartFormDataContent { { new StringContent($$$"""{"x":1,"x":{{{deep}}}}"""), "kwargs" } })).Text.Should().Be(deep, "of one name the last counts");

        var link = await AddAsync("auth-links", "\"showInDoc\":true");
        var batch = await AddAsync("batches", "\"showInDoc\":true");
        var cron = await AddAsync("crontab-configs", "\"crontab\":\"0 0 * * *\"");
        (await _api.GetAsync($"/api/v1/al/{link}")).Text.Should().Be(deep);
        (await _api.PostTextAsync($"/api/v1/al/{link}", $$$"""{"kwargs":{"x":[{{{deep}}}]}}""")).Status.Should().Be(HttpStatusCode.BadRequest, "it is fixed otherwise");
        foreach (var task in (string[])[(string)(await _api.PostAsync($"/api/v1/bat/{batch}", new { })).RequireOk().Data!["taskId"]!, (string)(await _api.PostAsync($"/api/v1/cron/{cron}", new { })).RequireOk().Data!["taskId"]!])
        {
            (await _api.GetAsync($"/api/v1/func-result?taskId={task}&wait=60")).RequireOk().Text.Should().Contain(deep);
            foreach (var list in (string[])["task-records/do/list", "data-processor-task-results/do/list", "monitor/tasks/do/list-recent"]) (await _api.GetAsync($"/api/v1/{list}")).RequireOk();
        }

        foreach (var list in (string[])["auth-links/do/list?noPage=true", "batches/do/list?fieldPicking=funcCallKwargsJSON", "crontab-configs/do/list?export=csv", "funcs/do/list?scriptId=deep__a", "func-list", "func-stores/do/list", "func-api-list", "func-tag-list", "operation-records/do/list"])
            (await _api.GetAsync($"/api/v1/{list}")).IsOk.Should().BeTrue(list);
    }

    [Fact]
    public async Task One_megabyte_goes_in_and_out()
    {
        await _api.PublishAsync("large__a", "@DFF.API('F')\ndef f(text):\n    return text\n");
        var text = new string('ä', 1024 * 1024);

        ((string)(await _api.CallAsync("large__a.f", new { text })).Data!["result"]!).Should().Be(text);
    }

    [Fact]
    public async Task Unicode_goes_everywhere()
    {
        const string Code = "@DFF.API('问候 👋', tags=['标签'])\ndef 问候(名字='世界'):\n    '''文档 – Ünïcödé'''\n    return '你好，' + 名字\n";
        await _api.PublishAsync("unicode__a", Code);

        var row = (await _api.GetAsync("/api/v1/funcs/do/list?scriptId=unicode__a")).Data![0]!;
        ((string)row["title"]!).Should().Be("问候 👋");
        ((string)row["description"]!).Should().Be("文档 – Ünïcödé");
        ((string)row["definition"]!).Should().Be("问候(名字='世界')");
        ((string)(await _api.CallAsync("unicode__a.问候", new { 名字 = "𝄞" })).Data!["result"]!).Should().Be("你好，𝄞");
    }

    [Fact]
    public async Task The_reference_describes_the_api_and_nothing_else_and_loads_nothing_from_elsewhere()
    {
        var document = (await silo.Api.GetAsync("/openapi/v1.json")).RequireOk().Json;
        var page = (await silo.Api.GetAsync("/docs/")).RequireOk().Text;

        document["paths"]!.AsObject().Select(path => path.Key).Should().Contain(["/api/v1/scripts/do/list", "/health/ready"])
            .And.OnlyContain(path => path == "/api" || path.StartsWith("/api/v1/", StringComparison.Ordinal) || path.StartsWith("/health/", StringComparison.Ordinal));
        var tags = document["tags"]!.AsArray().Select(tag => (string)tag!["name"]!).ToList();
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).SelectMany(operation => operation.Value!["tags"]!.AsArray()).Select(tag => (string)tag!)
            .Distinct().Should().BeEquivalentTo(tags);
        page.Should().NotContain("https://").And.NotContain("http://").And.Contain("\"telemetry\":false");
    }

    public sealed class OnSqlite(SqliteSilo silo) : MainJobTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : MainJobTests(silo);
}
