using System.Globalization;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Web.Contracts;

namespace Dff.Web.Tasks;

/// <summary>Queues as callers name them: by number, or by a name of <c>WORKER_QUEUE_ALIAS_MAP</c>.</summary>
internal static class QueueNames
{
    /// <exception cref="DffException">There is no such queue.</exception>
    public static int Read(WorkerOptions options, string name, string field)
    {
        if (options.QueueAliases.TryGetValue(name, out var named)) return named;
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var queue) && queue < options.QueueCount
            ? queue
            : throw Field.Refused(field, $"a queue 0–{options.QueueCount - 1} or its name is expected");
    }
}
