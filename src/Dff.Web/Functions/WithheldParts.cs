using System.Collections.Frozen;
using Dff.Web.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Dff.Web.Functions;

/// <summary>Parts of requests that are kept from scripts.</summary>
public sealed class WithheldParts(IEnumerable<string> headers, IEnumerable<string> query)
{
    private readonly FrozenSet<string> _headers = headers.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    private readonly FrozenSet<string> _query = query.ToFrozenSet(StringComparer.Ordinal);

    public bool HasQuery => _query.Count > 0;

    public bool IsHeader(string name) => _headers.Contains(name);

    public QueryString Mask(IQueryCollection query) =>
        QueryString.Create(query.Select(value => _query.Contains(value.Key) ? KeyValuePair.Create(value.Key, new StringValues(RequestDump.Mask)) : value));
}
