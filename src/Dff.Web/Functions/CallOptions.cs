using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Functions;

/// <summary>What a caller says about how a function is to be called; null: not said.</summary>
public sealed record CallOptions
{
    public static CallOptions None { get; } = new();

    /// <summary>Seconds the caller waits.</summary>
    public int? ApiTimeout { get; init; }

    /// <summary>Seconds the function may run.</summary>
    public int? Timeout { get; init; }

    /// <summary>ALL, raw, repr or jsonDumps.</summary>
    public string? ReturnType { get; init; }

    /// <summary>True: the bare result; false: in the envelope.</summary>
    public bool? Unfold { get; init; }

    public bool IsAsync { get; init; }

    /// <summary>The caller said so; what is not said is up to the way of calling.</summary>
    public bool IsSync { get; init; }

    public string? TaskId { get; init; }

    /// <summary>The arguments are secrets, which the record of a failure must not show. No caller says so.</summary>
    public bool HidesArguments { get; init; }

    /// <summary>What is said of a queued task; null: nothing.</summary>
    public TaskOptions? Task { get; init; }

    public FunctionReturns Returns => ReturnType switch
    {
        "ALL" => FunctionReturns.All,
        "repr" => FunctionReturns.Repr,
        "jsonDumps" => FunctionReturns.JsonDumps,
        _ => FunctionReturns.Raw,
    };

    public static CallOptions Of(FunctionReturns form) => new()
    {
        ReturnType = form switch
        {
            FunctionReturns.All => "ALL",
            FunctionReturns.Repr => "repr",
            FunctionReturns.JsonDumps => "jsonDumps",
            _ => "raw",
        },
    };

    /// <summary>The options that every call route takes.</summary>
    public static Field Describe(WorkerOptions limits) => Field.Object(
        "options",
        [
            Field.Integer("apiTimeout", limits.MinApiTimeout, limits.MaxApiTimeout).Saying("Seconds to wait for the result"),
            Field.Integer("timeout", limits.MinTimeout, limits.MaxTimeout).Saying("Seconds the function may run; never longer than apiTimeout in a synchronous call"),
            Field.Enum("returnType", "ALL", "raw", "repr", "jsonDumps"),
            Field.Boolean("unfold").Saying("true answers the bare result, false the envelope"),
            Field.Boolean("unbox").Saying("Another name of unfold"),
            Field.Enum("execMode", "sync", "async"),
            Field.Boolean("async").Saying("true is execMode async"),
            .. TaskOptions.Describe(),
            Field.String("taskId", 64).OrNull().Saying("An ID of your own choice that is not in use; the run can be followed under it"),
        ]).OrNull();

    /// <param name="options">Checked against <see cref="Describe"/>; may be missing.</param>
    public static CallOptions Read(JsonElement options)
    {
        if (options.ValueKind != JsonValueKind.Object) return None;
        return new CallOptions
        {
            ApiTimeout = options.NumberOf("apiTimeout"),
            Timeout = options.NumberOf("timeout"),
            ReturnType = options.TextOf("returnType"),
            Unfold = options.FlagOf("unfold") ?? options.FlagOf("unbox"),
            IsAsync = options.TextOf("execMode") == "async" || options.FlagOf("async") == true,
            IsSync = options.TextOf("execMode") == "sync" || options.FlagOf("async") == false,
            TaskId = options.TextOf("taskId"),
            Task = TaskOptions.Read(options),
        };
    }

    /// <summary>Options from query values like <c>options_timeout=5</c>, which are texts.</summary>
    public static JsonElement Unflatten(IEnumerable<KeyValuePair<string, string>> values, Field description)
    {
        var options = new JsonObject();
        foreach (var (name, text) in values)
        {
            var field = description.Fields!.Find(name) ?? throw Field.Refused($"options_{name}", "no such option");
            options[name] = field.Type switch
            {
                FieldType.Integer when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
                FieldType.Boolean => Field.ReadFlag(text, $"options_{name}"),
                _ => text,
            };
        }

        return JsonSerializer.SerializeToElement(options);
    }

    /// <exception cref="DffException">The call was to be asynchronous.</exception>
    public void RequireSynchronous(string why)
    {
        if (IsAsync) throw new DffException(ErrorReason.ClientUnsupported, why, new { field = "options.execMode" });
    }

    /// <exception cref="DffException">The call was to be synchronous.</exception>
    public void RequireAsynchronous(string why)
    {
        if (IsSync) throw new DffException(ErrorReason.ClientUnsupported, why, new { field = "options.execMode" });
    }
}
