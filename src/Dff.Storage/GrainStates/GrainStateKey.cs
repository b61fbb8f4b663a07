using Orleans.Runtime;

namespace Dff.Storage.GrainStates;

/// <summary>
/// How Orleans' provider stores the key of a grain: as text, unless it could be a number in hexadecimal or a UUID, which is what it then takes it for, whatever
/// the grain says (<c>added</c> is 711149).
/// </summary>
internal readonly record struct GrainStateKey(long N0, long N1, string Text)
{
    public bool IsText => N0 == 0 && N1 == 0 && Text.Length > 0;

    public static GrainStateKey Of(string key)
    {
        var id = GrainId.Create("any", key);
        if (id.TryGetGuidKey(out var guid, out var extension))
        {
            var bytes = guid.ToByteArray();
            return new GrainStateKey(BitConverter.ToInt64(bytes, 0), BitConverter.ToInt64(bytes, 8), extension ?? "");
        }

        return id.TryGetIntegerKey(out var number, out extension) ? new GrainStateKey(0, number, extension ?? "") : new GrainStateKey(0, 0, key);
    }
}
