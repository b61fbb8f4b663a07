using System.Net;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Users, their rights and their sessions, over HTTP.</summary>
public abstract class UserTests(SiloUnderTest silo)
{
    private const string Password = "first-password-1";

    private readonly ApiClient _api = silo.Api;
    private readonly string _prefix = $"u{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task Users_are_added_found_changed_and_deleted()
    {
        using var user = await _api.AddUserAsync($"{_prefix}a", Password, ["user"]);
        var id = await _api.IdOfUserAsync($"{_prefix}a");
        (await _api.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { name = "Änne", mobile = "13800138000", email = "a@example.org" } })).RequireOk();
        (await _api.PostAsync("/api/v1/users/do/add", new { data = new { username = $"{_prefix}b", password = Password, name = "B", roles = (string[]?)null, isDisabled = true } })).RequireOk();

        (await NamesAsync($"id={id},nobody")).Should().Equal($"{_prefix}a");
        (await NamesAsync($"username={_prefix}a")).Should().Equal($"{_prefix}a");
        (await NamesAsync($"mobile=13800138000&_fuzzySearch={_prefix}")).Should().Equal($"{_prefix}a");
        (await NamesAsync($"email=a@example.org&_fuzzySearch={_prefix}")).Should().Equal($"{_prefix}a");
        (await NamesAsync($"name={Uri.EscapeDataString("Änne")}&_fuzzySearch={_prefix}")).Should().Equal($"{_prefix}a");
        (await NamesAsync($"isDisabled=true&_fuzzySearch={_prefix}")).Should().Equal($"{_prefix}b");
        (await NamesAsync($"isDisabled=false&_fuzzySearch={_prefix}")).Should().Equal($"{_prefix}a");
        (await NamesAsync($"_fuzzySearch={_prefix.ToUpperInvariant()}&sort=username")).Should().Equal($"{_prefix}a", $"{_prefix}b");
        (await NamesAsync($"_fuzzySearch={_prefix}&orderBy=username&orderMethod=desc")).Should().Equal($"{_prefix}b", $"{_prefix}a");
        (await NamesAsync($"_fuzzySearch={Uri.EscapeDataString("ÄNNE")}&username={_prefix}a")).Should().Equal($"{_prefix}a");
        var page = await _api.GetAsync($"/api/v1/users/do/list?_fuzzySearch={_prefix}&pageSize=1&pageNumber=2&fieldPicking=username,roles");
        page.Data!.ToJsonString().Should().Be($$"""[{"username":"{{_prefix}}a","roles":["user"]}]""");
        ((int)page.Json["pageInfo"]!["totalCount"]!).Should().Be(2);
        var one = (await _api.GetAsync($"/api/v1/users/{id}/do/get?fieldKicking=seq")).RequireOk().Data!.AsObject();
        one.ContainsKey("seq").Should().BeFalse();
        one.Select(field => field.Key).Should().NotContain(name => name.Contains("password", StringComparison.OrdinalIgnoreCase));

        (await _api.GetAsync($"/api/v1/users/{id}/do/delete")).RequireOk();
        (await user.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserAuth");
        (await _api.GetAsync($"/api/v1/users/{id}/do/get")).Status.Should().Be(HttpStatusCode.NotFound);
        (await _api.GetAsync($"/api/v1/users/{id}/do/delete")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_name_is_taken_once_without_regard_to_case()
    {
        using var first = await _api.AddUserAsync($"{_prefix}one", Password, ["user"]);
        using var second = await _api.AddUserAsync($"{_prefix}two", Password, ["user"]);

        var again = await _api.PostAsync("/api/v1/users/do/add", new { data = new { username = $"{_prefix}ONE", password = Password, name = "N", roles = new[] { "user" } } });
        again.Status.Should().Be(HttpStatusCode.Conflict);
        again.Reason.Should().Be("EClientDuplicated");
        var renamed = await _api.PostAsync($"/api/v1/users/{await _api.IdOfUserAsync($"{_prefix}two")}/do/modify", new { data = new { username = $"{_prefix}one", name = "changed" } });
        renamed.Reason.Should().Be("EClientDuplicated");
        ((string?)(await second.GetAsync("/api/v1/auth/profile/do/get")).Data!["name"]).Should().Be($"{_prefix}two", "nothing was changed");
    }

    [Theory]
    [InlineData("""{"username":"","password":"long-enough-1","name":"n","roles":["user"]}""", "data.username")]
    [InlineData("""{"username":" x","password":"long-enough-1","name":"n","roles":["user"]}""", "data.username")]
    [InlineData("""{"username":"bad_user","password":"short","name":"n","roles":["user"]}""", "data.password")]
    [InlineData("""{"username":"bad_user","password":"long-enough-1","name":"n"}""", "data.roles")]
    [InlineData("""{"username":"bad_user","password":"long-enough-1","name":"n","roles":["sa"]}""", "data.roles[0]")]
    [InlineData("""{"username":"bad_user","password":"long-enough-1","name":"n","roles":["customUser"],"customPrivileges":"general_r,nope"}""", "data.customPrivileges")]
    public async Task A_bad_user_is_refused_by_the_name_of_the_field(string data, string field)
    {
        var answer = await _api.PostTextAsync("/api/v1/users/do/add", $$"""{"data":{{data}}}""");

        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        ((string)answer.Json["detail"]!["field"]!).Should().Be(field);
        (await NamesAsync("username=bad_user")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_custom_user_may_what_the_list_says_at_once_when_it_changes()
    {
        using var user = await _api.AddUserAsync($"{_prefix}c", Password, ["customUser"], "general_r");
        var id = await _api.IdOfUserAsync($"{_prefix}c");
        (await user.GetAsync("/api/v1/env-variables/do/list")).RequireOk();
        (await user.GetAsync("/api/v1/users/do/list")).Reason.Should().Be("EUserPrivilege");

        (await _api.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { customPrivileges = "user_r" } })).RequireOk();
        (await user.GetAsync("/api/v1/env-variables/do/list")).Reason.Should().Be("EUserPrivilege");
        (await user.GetAsync("/api/v1/users/do/list")).RequireOk();

        (await _api.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { roles = (string[]?)null } })).RequireOk();
        (await user.GetAsync("/api/v1/users/do/list")).Reason.Should().Be("EUserPrivilege");
        (await user.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
    }

    [Fact]
    public async Task Roles_and_privileges_are_set_only_by_who_may_and_never_beyond_what_they_have()
    {
        using var clerk = await _api.AddUserAsync($"{_prefix}clerk", Password, ["customUser"], "general_r,general_w,user_r,user_w");
        using var admin = await _api.AddUserAsync($"{_prefix}admin", Password, ["admin"]);
        using var victim = await _api.AddUserAsync($"{_prefix}victim", Password, ["user"]);
        var (clerkId, victimId, rootId) = (await _api.IdOfUserAsync($"{_prefix}clerk"), await _api.IdOfUserAsync($"{_prefix}victim"), await _api.IdOfUserAsync(SiloProcess.Username));

        (await ModifyAsync(clerk, victimId, new { name = "Changed" })).RequireOk();
        (await ModifyAsync(clerk, victimId, new { roles = new[] { "user" } })).RequireOk();
        (await ModifyAsync(clerk, victimId, new { roles = new[] { "readonlyUser" } })).Reason.Should().Be("EUserPrivilege");
        (await ModifyAsync(clerk, victimId, new { customPrivileges = "general_r" })).Reason.Should().Be("EUserPrivilege");
        (await ModifyAsync(clerk, clerkId, new { customPrivileges = "general_r,general_w,user_r,user_w,debug" })).Reason.Should().Be("EUserPrivilege");
        (await clerk.PostAsync("/api/v1/users/do/add", new { data = new { username = $"{_prefix}x", password = Password, name = "X", roles = new[] { "user" } } })).Reason.Should().Be("EUserPrivilege");
        (await ModifyAsync(admin, victimId, new { roles = new[] { "customUser" }, customPrivileges = "systemConfig_w" })).Reason.Should().Be("EUserPrivilege");
        (await ModifyAsync(admin, rootId, new { password = "taken-over-1" })).Reason.Should().Be("EUserPrivilege");
        (await admin.GetAsync($"/api/v1/users/{rootId}/do/delete")).Reason.Should().Be("EUserPrivilege");
        (await admin.GetAsync($"/api/v1/users/{rootId}/sessions/do/list")).Reason.Should().Be("EUserPrivilege");
        (await ModifyAsync(admin, victimId, new { roles = new[] { "admin" } })).RequireOk();
        ((string?)(await _api.GetAsync("/api/v1/auth/profile/do/get")).RequireOk().Data!["roles"]![0]).Should().Be("sa");
    }

    [Fact]
    public async Task Nobody_locks_out_themselves_or_the_last_super_administrator()
    {
        using var admin = await _api.AddUserAsync($"{_prefix}self", Password, ["admin"]);
        var (own, root) = (await _api.IdOfUserAsync($"{_prefix}self"), await _api.IdOfUserAsync(SiloProcess.Username));

        (await ModifyAsync(admin, own, new { isDisabled = true })).Reason.Should().Be("EBizCondition.LockingOneselfOut");
        (await ModifyAsync(admin, own, new { roles = new[] { "user" } })).Reason.Should().Be("EBizCondition.LockingOneselfOut");
        (await admin.GetAsync($"/api/v1/users/{own}/do/delete")).Reason.Should().Be("EBizCondition.LockingOneselfOut");
        (await ModifyAsync(admin, own, new { roles = new[] { "admin" }, isDisabled = false, name = "Still there" })).RequireOk();
        (await ModifyAsync(_api, root, new { roles = new[] { "admin" } })).Reason.Should().Be("EBizCondition.LockingOneselfOut");
        (await _api.GetAsync($"/api/v1/users/{root}/do/delete")).Reason.Should().Be("EBizCondition.LockingOneselfOut");
        (await _api.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
    }

    [Fact]
    public async Task A_disabled_user_is_refused_by_token_and_password_until_enabled_again()
    {
        using var user = await _api.AddUserAsync($"{_prefix}d", Password, ["user"]);
        var id = await _api.IdOfUserAsync($"{_prefix}d");

        (await ModifyAsync(_api, id, new { isDisabled = true })).RequireOk();
        var refused = await user.GetAsync("/api/v1/auth/profile/do/get");
        (refused.Status, refused.Reason).Should().Be((HttpStatusCode.Unauthorized, "EUserDisabled"));
        (await SignInAsync($"{_prefix}d", Password)).Reason.Should().Be("EUserDisabled");
        (await ModifyAsync(_api, id, new { isDisabled = false })).RequireOk();
        (await user.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserAuth", "the old session has ended");
        (await SignInAsync($"{_prefix}d", Password)).RequireOk();
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions()
    {
        using var user = await _api.AddUserAsync($"{_prefix}p", Password, ["user"]);
        using var other = _api.Stranger();
        await other.SignInAsync($"{_prefix}p", Password);

        (await ChangePasswordAsync(user, Password, "short")).Reason.Should().Be("EClientBadRequest");
        (await ChangePasswordAsync(user, "wrong-password-1", "second-password-1")).Reason.Should().Be("EUserPassword");
        (await other.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
        (await ChangePasswordAsync(user, Password, "second-password-1")).RequireOk();

        (await other.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserAuth");
        (await user.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
        (await SignInAsync($"{_prefix}p", Password)).Reason.Should().Be("EUserPassword");
        (await SignInAsync($"{_prefix}p", "second-password-1")).RequireOk();
        (await ModifyAsync(_api, await _api.IdOfUserAsync($"{_prefix}p"), new { password = "third-password-1" })).RequireOk();
        (await user.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserAuth");
        (await SignInAsync($"{_prefix}p", "third-password-1")).RequireOk();
    }

    [Fact]
    public async Task One_sees_and_changes_ones_profile()
    {
        using var user = await _api.AddUserAsync($"{_prefix}me", Password, ["readonlyUser"]);

        (await user.PostAsync("/api/v1/auth/profile/do/modify", new { data = new { name = "Me", mobile = "+49 30 1", email = "me@example.org" } })).RequireOk();
        (await user.PostAsync("/api/v1/auth/profile/do/modify", new { data = new { mobile = (string?)null } })).RequireOk();
        (await user.PostAsync("/api/v1/auth/profile/do/modify", new { data = new { roles = new[] { "admin" } } })).Reason.Should().Be("EClientBadRequest");

        var profile = (await user.GetAsync("/api/v1/auth/profile/do/get")).RequireOk().Data!;
        ((string?)profile["name"], (string?)profile["mobile"], (string?)profile["email"]).Should().Be(("Me", null, "me@example.org"));
        profile["privileges"]!.ToJsonString().Should().Be("""["general_r","user_r"]""");
    }

    [Fact]
    public async Task Sessions_are_listed_and_revoked_one_by_one()
    {
        using var user = await _api.AddUserAsync($"{_prefix}s", Password, ["user"]);
        using var phone = _api.Stranger();
        phone.Http.DefaultRequestHeaders.Add("X-Dff-Client-Id", "the-phone");
        await phone.SignInAsync($"{_prefix}s", Password);
        var id = await _api.IdOfUserAsync($"{_prefix}s");

        var sessions = (await user.GetAsync("/api/v1/auth/sessions/do/list")).RequireOk().Data!.AsArray();
        sessions.Should().HaveCount(2);
        sessions.Single(session => (bool)session!["isCurrent"]!)!["client"].Should().BeNull("the test's client has no name");
        var onPhone = sessions.Single(session => (string?)session!["client"] == "the-phone")!;
        ((string?)onPhone["address"]).Should().Be("127.0.0.1");
        sessions.ToJsonString().Should().NotContain(phone.Token);
        (await _api.GetAsync($"/api/v1/auth/sessions/{onPhone["id"]}/do/delete")).Status.Should().Be(HttpStatusCode.NotFound, "it is somebody else's");
        (await user.GetAsync($"/api/v1/auth/sessions/{onPhone["id"]}/do/delete")).RequireOk();
        (await phone.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserAuth");

        var rest = (await _api.GetAsync($"/api/v1/users/{id}/sessions/do/list")).RequireOk().Data!.AsArray().Should().ContainSingle().Subject!;
        ((bool)rest["isCurrent"]!).Should().BeFalse();
        (await user.GetAsync($"/api/v1/users/{id}/sessions/do/list")).Reason.Should().Be("EUserPrivilege");
        (await _api.GetAsync($"/api/v1/users/{id}/sessions/{rest["id"]}/do/delete")).RequireOk();
        (await user.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserAuth");
    }

    [Fact]
    public async Task Lists_are_exported_as_csv()
    {
        using var user = await _api.AddUserAsync($"{_prefix}e", Password, ["user", "readonlyUser"]);
        (await user.PostAsync("/api/v1/auth/profile/do/modify", new { data = new { name = "=1+1, \"quoted\"", email = "é@example.org" } })).RequireOk();

        var answer = (await _api.GetAsync($"/api/v1/users/do/list?username={_prefix}e&export=csv&fieldPicking=username,name,email,roles,isDisabled,mobile")).RequireOk();

        answer.ContentType.Should().Be("text/csv");
        answer.Text.Should().Be($"username,name,mobile,email,roles,isDisabled\r\n{_prefix}e,\"'=1+1, \"\"quoted\"\"\",,é@example.org,\"[\"\"user\"\",\"\"readonlyUser\"\"]\",false\r\n");
        (await _api.GetAsync($"/api/v1/users/do/list?username={_prefix}none&export=csv&fieldPicking=id")).Text.Should().Be("id\r\n");
        (await _api.GetAsync("/api/v1/users/do/list?export=xml")).Reason.Should().Be("EClientBadRequest");
        foreach (var list in (string[])["script-sets", "scripts", "env-variables", "auth-links", "crontab-configs", "batches", "script-publish-history", "access-keys", "operation-records"])
            (await _api.GetAsync($"/api/v1/{list}/do/list?export=csv")).RequireOk().Text.Should().StartWith("seq,", list);
    }

    private Task<ApiAnswer> ModifyAsync(ApiClient client, string id, object data) => client.PostAsync($"/api/v1/users/{id}/do/modify", new { data });

    private Task<ApiAnswer> SignInAsync(string username, string password) => _api.Stranger().PostAsync("/api/v1/auth/do/sign-in", new { signIn = new { username, password } });

    private static Task<ApiAnswer> ChangePasswordAsync(ApiClient client, string oldPassword, string newPassword) =>
        client.PostAsync("/api/v1/auth/do/change-password", new { changePassword = new { oldPassword, newPassword } });

    private async Task<List<string>> NamesAsync(string query) =>
        [.. (await _api.GetAsync($"/api/v1/users/do/list?{query}")).RequireOk().Data!.AsArray().Select(row => (string)((JsonObject)row!)["username"]!)];

    public sealed class OnSqlite(SqliteSilo silo) : UserTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : UserTests(silo);
}
