using Dff.Abstractions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dff.Web.Functions;

/// <summary>Deletes files that were sent with queued calls a week ago, and those that a crash has left.</summary>
public sealed partial class UploadCleaner(ResourceDirectory resources, TimeProvider time, ILogger<UploadCleaner> logger) : BackgroundService
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do Clean();
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
    }

    private void Clean()
    {
        try
        {
            var folder = new DirectoryInfo(Path.Combine(resources.Path, Uploads.Folder));
            if (!folder.Exists) return;
            foreach (var upload in folder.EnumerateDirectories())
            {
                if (time.GetUtcNow() - upload.CreationTimeUtc > KeptFor && time.GetUtcNow() - upload.LastWriteTimeUtc > KeptFor) upload.Delete(recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            CleaningFailed(error);
        }
    }

    [LoggerMessage(EventId = 240, EventName = "UploadsNotCleaned", Level = LogLevel.Warning, Message = "Old files of calls could not be deleted; it is tried again in an hour")]
    private partial void CleaningFailed(Exception error);
}
