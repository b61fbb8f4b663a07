using Dff.Abstractions.ManyJobs;

namespace Dff.Grains.ManyJobs;

[GenerateSerializer, Alias("dff.many-job-state")]
public sealed class ManyJobState
{
    [Id(0)] public string Kind { get; set; } = "";

    [Id(1)] public ManyOperation Operation { get; set; }

    [Id(2)] public List<ManyStep> Steps { get; set; } = [];

    /// <summary>What each record was before, in the order of the steps; null: there was none.</summary>
    [Id(3)] public List<object?> Before { get; set; } = [];

    /// <summary>A step was refused: what the steps before it did is taken back.</summary>
    [Id(4)] public bool IsUndoing { get; set; }
}
