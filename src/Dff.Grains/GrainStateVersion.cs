using System.Globalization;
using Orleans.Runtime;

namespace Dff.Grains;

internal static class GrainStateVersion
{
    /// <summary>The version of the stored row, which the AdoNet provider uses as ETag; 0 where nothing was ever stored. It stamps the rows that follow the state.</summary>
    public static long Version<T>(this IPersistentState<T> state) =>
        long.TryParse(state.Etag, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
