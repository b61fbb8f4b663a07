using Orleans.Runtime;
using Orleans.Storage;

namespace Dff.Silo.Hosting;

/// <summary>
/// Keys of grains as what they are: text. Orleans' AdoNet provider takes a key that could be a number in hexadecimal or a UUID for one, so that <c>abc</c>,
/// <c>ABC</c> and <c>0abc</c> would be one state. With a mark before it no key can be taken so; the texts in OrleansQuery take the mark off again.
/// </summary>
internal sealed class TextKeyStorage(IGrainStorage marked) : IGrainStorage
{
    private static ReadOnlySpan<byte> Mark => "="u8;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => marked.ReadStateAsync(stateName, Marked(grainId), grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => marked.WriteStateAsync(stateName, Marked(grainId), grainState);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => marked.ClearStateAsync(stateName, Marked(grainId), grainState);

    private static GrainId Marked(GrainId id) => new(id.Type, new IdSpan([.. Mark, .. id.Key.AsSpan()]));
}
