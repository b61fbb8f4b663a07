using System.Diagnostics;
using System.Globalization;
using Dff.Abstractions.Configuration;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Sinks.SystemConsole.Themes;

namespace Dff.Silo.Hosting;

internal static class Logging
{
    private const string Template = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} {Level:u4} {SourceContext} {Message:lj}{NewLine}{Exception}";

    /// <summary>Not the process's start by the wall clock, which is reckoned from the machine's boot and may be off by minutes.</summary>
    private static readonly long Began = Stopwatch.GetTimestamp();

    public static void Configure(WebApplicationBuilder builder, NodeOptions node)
    {
        var configuration = new LoggerConfiguration().MinimumLevel.Is(LevelOf(node.LogLevel))
            .MinimumLevel.Override("Microsoft.AspNetCore", Max(LevelOf(node.LogLevel), LogEventLevel.Warning))
            .Filter.ByExcluding(IsNoiseOfTheStart)
            .WriteTo.Console(
                outputTemplate: Template,
                formatProvider: CultureInfo.InvariantCulture,
                theme: node.LogConsoleColor && !Console.IsErrorRedirected ? AnsiConsoleTheme.Code : ConsoleTheme.None,
                standardErrorFromLevel: LogEventLevel.Verbose);
        var path = node.LogFilePath ?? Path.Combine(node.DataDirectory, "dataflux-func.log");
        configuration = node.LogFileFormat == "json"
            ? configuration.WriteTo.File(new CompactJsonFormatter(), path, rollOnFileSizeLimit: true, fileSizeLimitBytes: 100 * 1024 * 1024, retainedFileCountLimit: 7)
            : configuration.WriteTo.File(path, outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture, rollOnFileSizeLimit: true, fileSizeLimitBytes: 100 * 1024 * 1024, retainedFileCountLimit: 7);
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        // Serilog decides what is written; this keeps the framework from building what would be thrown away.
        builder.Logging.AddFilter(level => node.LogLevel != "NONE" && (int)level >= MicrosoftLevelOf(node.LogLevel));
        builder.Logging.AddSerilog(configuration.CreateLogger(), dispose: true);
    }

    /// <summary>
    /// Warnings of Orleans that every start would show: the workstation garbage collector is our choice, and its watchdog takes the time since the
    /// machine's boot for that of its first check.
    /// </summary>
    private static bool IsNoiseOfTheStart(LogEvent entry) =>
        entry.MessageTemplate.Text.Contains("ServerGC", StringComparison.Ordinal)
        || (entry.MessageTemplate.Text.StartsWith("Participant check thread has not completed", StringComparison.Ordinal)
            && Stopwatch.GetElapsedTime(Began) < TimeSpan.FromMinutes(1));

    private static LogEventLevel LevelOf(string level) => level switch
    {
        "ALL" => LogEventLevel.Verbose,
        "DEBUG" => LogEventLevel.Debug,
        "INFO" => LogEventLevel.Information,
        "WARNING" => LogEventLevel.Warning,
        "ERROR" => LogEventLevel.Error,
        _ => LogEventLevel.Fatal,
    };

    private static int MicrosoftLevelOf(string level) => level switch
    {
        "ALL" => 0,
        "DEBUG" => 1,
        "INFO" => 2,
        "WARNING" => 3,
        "ERROR" => 4,
        _ => 6,
    };

    private static LogEventLevel Max(LogEventLevel one, LogEventLevel other) => one > other ? one : other;
}
