using System.Text.Json;
using Dff.Abstractions.Caching;
using Dff.Abstractions.DataSources;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Storage.DataSources;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.DataSources;

/// <summary>Data sources, which the later generation calls connectors: two names of the same records.</summary>
public sealed class DataSourceRoutes(DataSourceRepository sources, DataSourceProbe probe, IChangeFeed changes)
{
    private const int LongestStatement = 1_048_576;

    private static readonly Field Config = Field.Object(
        "configJSON",
        [
            .. DataSourceConfigCheck.Texts.Select(name => name == "protocol" ? Field.Enum(name, "http", "https").OrNull() : Field.String(name).OrNull()),
            Field.Integer("port").OrNull(), Field.Json("meta").OrNull(), Field.Boolean("multiSubClient").OrNull(),
            Field.Array("topicHandlers", Field.Object("topicHandler", Field.String("topic").OrNull(), Field.String("funcId").OrNull(), Field.Boolean("isDisabled").OrNull())).OrNull(),
        ]);

    private static readonly Field[] Labels = [Field.String("title", 256).OrNull(), Field.String("description", 65535).OrNull(), Field.Boolean("isPinned").OrNull()];

    private static readonly Field SkipTest = Field.Boolean("skipTest").OrNull().Saying("true stores it without connecting first");

    public IEnumerable<ApiRoute> All =>
    [
        .. Routes("data-sources", "Data sources", "data source", DataSourceRules.Types, Field.String("id")),
        .. Routes("connectors", "Connectors", "connector", DataSourceRules.ConnectorTypes, Field.CommaArray("id")),
        new("GET", "/api/v1/connectors/{id}/sub-info/do/list", "Topics that a connector listens to", SubInfoAsync)
        {
            Tag = "Connectors", Privilege = Privileges.GeneralRead, Answer = typeof(IReadOnlyList<ConnectorTopic>), Description = "Always empty: in this version no type of connector listens to topics.",
        },
    ];

    private IEnumerable<ApiRoute> Routes(string path, string tag, string name, IReadOnlyList<string> types, Field id) =>
    [
        new("GET", $"/api/v1/{path}/do/list", $"{tag}; their secrets are never answered", ListAsync)
        {
            Tag = tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(DataSourceRow), IsList = true, Query = new(id, Field.CommaArray("type")),
        },
        new("POST", $"/api/v1/{path}/do/add", $"Adds a {name}, after connecting to it", AddAsync)
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(SkipTest, Field.Object("data", [Field.String("id", 64).Required(), Field.Enum("type", [.. types]).Required(), Config.Required(), .. Labels]).Required()),
        },
        new("POST", $"/api/v1/{path}/{{id}}/do/modify", $"Changes a {name}; the next call of every function sees it", ModifyAsync)
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(SkipTest, Field.Object("data", [Config, .. Labels]).Required()),
            Description = "Fields of configJSON that are not given stay, null removes one; an empty password, secretKey or token keeps the stored one. Connects first where configJSON is given.",
        },
        new("GET", $"/api/v1/{path}/{{id}}/do/delete", $"Deletes a {name}", DeleteAsync) { Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
        new("POST", $"/api/v1/{path}/{{id}}/do/query", $"Runs one statement on a {name}", QueryAsync)
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, IsAnswerRecorded = false,
            Body = new(
                Field.String("database").OrNull().Saying("Another one of its databases"), Field.String("queryStatement", LongestStatement, 1).Required().Saying("SQL; a command like GET k for Redis and memcached"),
                Field.Enum("returnType", "repr", "json").OrNull().Saying("repr: text as Python prints it")),
            Description = "Rows as objects, {affectedRows} where a statement has none, or what the server answers. Limited in time, rows and bytes (_DATA_SOURCE_QUERY_…).",
        },
        new("GET", $"/api/v1/{path}/{{id}}/do/test", $"Connects to a {name}", TestAsync) { Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await sources.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = DataSourceRules.RequireNewId(context.Data.TextOf("id")!, "data.id");
        var type = context.Data.TextOf("type")!;
        var config = DataSourceConfig.Empty.With(context.Data.GetProperty("configJSON"), "data.configJSON");
        DataSourceConfigCheck.Require(config, type, "data.configJSON");
        if (await sources.FindAsync(id, context.Aborted) is not null) throw Duplicated(id);
        if (context.Body.FlagOf("skipTest") != true) await probe.TestAsync(id, type, config);
        var source = new NewDataSource(id, type, config)
        {
            Title = context.Data.TextOf("title"),
            Description = context.Data.TextOf("description"),
            IsPinned = context.Data.FlagOf("isPinned") ?? false,
        };
        try
        {
            await changes.AnnounceAsync(await sources.AddAsync(source, context.Aborted), context.Aborted);
        }
        catch (DuplicateKeyException)
        {
            throw Duplicated(id);
        }

        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        var before = await RequireAsync(context);
        if (before.IsBuiltin) throw DataSourceRules.BuiltinModified(before.Id);
        DataSourceConfig? config = null;
        if (context.Data.TryGetProperty("configJSON", out var given) && given.ValueKind == JsonValueKind.Object)
        {
            config = sources.ConfigOf(before).With(given, "data.configJSON");
            DataSourceConfigCheck.Require(config, before.Type, "data.configJSON");
            if (context.Body.FlagOf("skipTest") != true) await probe.TestAsync(before.Id, before.Type, config);
        }

        var change = new DataSourceChange
        {
            Title = context.Data.TextChange("title"),
            Description = context.Data.TextChange("description"),
            IsPinned = context.Data.FlagOf("isPinned"),
            Config = config,
        };
        if (await sources.ModifyAsync(before, change, context.Aborted) is not { } sequence)
        {
            await RequireAsync(context);
            throw new DffException(ErrorReason.BizRequestConflict, $"The data source {before.Id} has been changed by another request; try again", new { id = before.Id });
        }

        await changes.AnnounceAsync(sequence, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(before.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        var source = await RequireAsync(context);
        if (source.IsBuiltin) throw DataSourceRules.BuiltinDeleted(source.Id);
        var sequence = await sources.DeleteAsync(source.Id, context.Aborted) ?? throw NotFound(context);
        await changes.AnnounceAsync(sequence, context.Aborted);
        return ApiAnswer.Of(new IdAnswer(source.Id));
    }

    private async Task<ApiAnswer> QueryAsync(ApiContext context)
    {
        var source = await RequireAsync(context);
        return ApiAnswer.OfJson(await probe.QueryAsync(
            source.Id, context.Body.TextOf("queryStatement")!, context.Body.TextOf("database") is { Length: > 0 } database ? database : null, context.Body.TextOf("returnType") == "repr"));
    }

    private async Task<ApiAnswer> TestAsync(ApiContext context)
    {
        var source = await RequireAsync(context);
        await probe.TestAsync(source.Id);
        return ApiAnswer.Of(new IdAnswer(source.Id));
    }

    private async Task<ApiAnswer> SubInfoAsync(ApiContext context)
    {
        await RequireAsync(context);
        return ApiAnswer.Of(Array.Empty<ConnectorTopic>());
    }

    private async Task<DataSourceRow> RequireAsync(ApiContext context) => await sources.FindAsync(context.Id, context.Aborted) ?? throw NotFound(context);

    private static DffException NotFound(ApiContext context) => DffException.NotFound("data source", context.Id);

    private static DffException Duplicated(string id) => DffException.Condition("DuplicatedDataSourceID", $"There is a data source {id} already", new { id });
}

/// <summary>A topic that a connector listens to, and the function that its messages go to.</summary>
public sealed record ConnectorTopic(string Topic, string FuncId, bool IsDisabled);
