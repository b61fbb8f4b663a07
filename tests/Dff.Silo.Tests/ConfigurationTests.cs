using System.Collections;
using Dff.Abstractions.Configuration;
using Dff.Silo.Configuration;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Where configuration comes from, and what stops the start.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public void Every_key_is_read_from_the_environment_and_checked()
    {
        foreach (var type in ConfigurationReader.OptionTypes)
        {
            foreach (var (attribute, property) in ConfigurationReader.KeysOf(type))
            {
                using var directory = new TestDirectory();
                var value = ValueFor(attribute.Key, property.PropertyType);
                var environment = new Hashtable { ["DFF_" + attribute.Key] = value, ["DFF_DATA_DIR"] = directory.Path };
                if (attribute.Key == "MYSQL_HOST") environment["DFF_SECRET"] = new string('s', 32);
                if (attribute.Key == "REDIS_HOST") (environment["DFF_SECRET"], environment["DFF_MYSQL_HOST"]) = (new string('s', 32), "localhost");

                var read = ConfigurationReader.Read(environment);

                var options = typeof(ConfigurationReader).GetMethod(nameof(ConfigurationReader.Get))!.MakeGenericMethod(type).Invoke(read, null)!;
                var text = property.GetValue(options) switch
                {
                    bool flag => flag ? "true" : "false",
                    IDictionary map => System.Text.Json.JsonSerializer.Serialize(map),
                    var other => other?.ToString(),
                };
                text.Should().Be(attribute.Key == "DATA_DIR" ? directory.Path : value, attribute.Key);
            }
        }
    }

    [Theory]
    [InlineData("NO_SUCH_KEY", "1", "NO_SUCH_KEY: no such configuration key")]
    [InlineData("WEB_PORT", "many", "WEB_PORT: a whole number is expected")]
    [InlineData("WEB_PORT", "70000", "WEB_PORT:")]
    [InlineData("WEB_BIND", "nowhere", "WEB_BIND:")]
    [InlineData("LOG_LEVEL", "LOUD", "LOG_LEVEL:")]
    [InlineData("WORKER_QUEUES", "1-99", "WORKER_QUEUES:")]
    [InlineData("_WORKER_CONCURRENCY", "0", "_WORKER_CONCURRENCY:")]
    [InlineData("_WORKER_CONCURRENCY_MAP", "{\"1\":0}", "_WORKER_CONCURRENCY_MAP:")]
    [InlineData("_WORKER_CONCURRENCY_MAP", "[1]", "_WORKER_CONCURRENCY_MAP: a map of number to number")]
    [InlineData("_DBDATA_TABLE_LIMIT_MAP", "{\"biz_main_auth_link\":9}", "_DBDATA_TABLE_LIMIT_MAP: biz_main_auth_link is not one of")]
    [InlineData("_DBDATA_TABLE_LIMIT_MAP", "{\"biz_main_batch_task_info\":-1}", "_DBDATA_TABLE_LIMIT_MAP: biz_main_batch_task_info")]
    [InlineData("TIMEZONE", "Mars/Olympus", "TIMEZONE:")]
    [InlineData("MYSQL_HOST", "localhost", "SECRET:")]
    [InlineData("REDIS_HOST", "localhost", "REDIS_HOST:")]
    [InlineData("SECRET_FILE", "/no/such/file", "DFF_SECRET_FILE: cannot read")]
    [InlineData("DATA_DIR", "", "DATA_DIR: the path of a directory")]
    [InlineData("WEB_CORS_CREDENTIALS", "perhaps", "WEB_CORS_CREDENTIALS: true or false is expected")]
    public void A_wrong_value_stops_the_start_by_the_name_of_its_key(string key, string value, string message)
    {
        using var directory = new TestDirectory();

        var read = () => ConfigurationReader.Read(new Hashtable { ["DFF_DATA_DIR"] = directory.Path, ["DFF_" + key] = value });

        read.Should().Throw<ConfigurationException>().Which.Message.Should().Contain(message).And.NotContain("\n");
    }

    [Fact]
    public void The_environment_overrules_the_file_and_the_file_the_defaults()
    {
        using var directory = new TestDirectory();
        File.WriteAllText(directory.Combine("user-config.yaml"), "WEB_PORT: 9001\n_WORKER_CONCURRENCY: 7\n_WORKER_CONCURRENCY_MAP: {1: 20, 9: 4}\nCUSTOM_LIST: [1, two]\nCUSTOM_TEXT: hello\n");
        File.WriteAllText(directory.Combine("secret.txt"), "from-a-file-0123456789\n");

        var read = ConfigurationReader.Read(new Hashtable { ["DFF_DATA_DIR"] = directory.Path, ["DFF_WEB_PORT"] = "9002", ["DFF_SECRET_FILE"] = directory.Combine("secret.txt") });

        read.Get<WebOptions>().Port.Should().Be(9002);
        read.Get<WorkerOptions>().Concurrency.Should().Be(7);
        read.Get<WorkerOptions>().ConcurrencyByQueue.Should().Equal(new Dictionary<int, int> { [1] = 20, [9] = 4 });
        read.Get<WorkerOptions>().QueueCount.Should().Be(10);
        read.Get<NodeOptions>().Secret.Should().Be("from-a-file-0123456789");
        read.Custom.Entries.Should().Contain("CUSTOM_LIST", """[1,"two"]""").And.Contain("CUSTOM_TEXT", "\"hello\"");
    }

    [Fact]
    public void A_broken_file_stops_the_start_with_its_line()
    {
        using var directory = new TestDirectory();
        File.WriteAllText(directory.Combine("user-config.yaml"), "WEB_PORT: 1\n  : [\n");

        var read = () => ConfigurationReader.Read(new Hashtable { ["DFF_DATA_DIR"] = directory.Path });

        read.Should().Throw<ConfigurationException>().Which.Message.Should().Contain("user-config.yaml, line 2");
    }

    [Fact]
    public void The_page_of_keys_is_up_to_date() =>
        File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md")).Should().Be(ConfigurationDocument.Render(), "it is made by dff --configuration-keys");

    private static string ValueFor(string key, Type type) => (key, Nullable.GetUnderlyingType(type) ?? type) switch
    {
        ("DATA_DIR", _) => "",
        ("SECRET" or "FORMER_SECRET" or "ADMIN_PASSWORD", _) => "a-long-enough-secret",
        ("ROLES", _) => "web,worker",
        ("SILO_ADDRESS" or "WEB_BIND", _) => "127.0.0.2",
        ("TIMEZONE", _) => "Asia/Shanghai",
        ("LOG_LEVEL", _) => "DEBUG",
        ("LOG_FILE_FORMAT", _) => "json",
        ("MYSQL_DRIVER", _) => "MySql.Data",
        ("WEB_TRUSTED_PROXIES", _) => "10.0.0.0/8",
        ("WORKER_QUEUES", _) => "1-6",
        ("_WORKER_ISOLATION", _) => "none",
        ("_WORKER_CONCURRENCY_MAP", _) => """{"2":5}""",
        ("WORKER_QUEUE_ALIAS_MAP", _) => """{"fast":3}""",
        ("_DBDATA_TABLE_LIMIT_MAP", _) => """{"biz_main_batch_task_info":3}""",
        ("_WORKER_QUEUE_COUNT", _) => "12",
        ("_FUNC_TASK_DEFAULT_QUEUE" or "_FUNC_TASK_DEBUG_QUEUE" or "_FUNC_TASK_CRONTAB_QUEUE" or "_FUNC_TASK_ASYNC_QUEUE", _) => "5",
        ("_FUNC_TASK_DEFAULT_TIMEOUT", _) => "31",
        ("_FUNC_TASK_MIN_TIMEOUT" or "_FUNC_TASK_MIN_API_TIMEOUT" or "MQTT_DEFAULT_QOS", _) => "2",
        ("_FUNC_TASK_MAX_TIMEOUT", _) => "3599",
        ("_FUNC_TASK_DEFAULT_API_TIMEOUT", _) => "11",
        ("_FUNC_TASK_MAX_API_TIMEOUT", _) => "179",
        ("_WEB_MAX_BODY_BYTES" or "_WEB_MAX_UPLOAD_BYTES" or "_FUNC_RESULT_MAX_BYTES" or "_DATA_SOURCE_QUERY_MAX_BYTES" or "_FUNC_LARGE_RESULT_MAX_BYTES" or "_FUNC_CACHE_MAX_BYTES", _) => "2048",
        (_, var t) when t == typeof(bool) => "false",
        (_, var t) when t == typeof(int) || t == typeof(long) => "99",
        _ => "text",
    };
}
