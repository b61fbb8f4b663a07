using Orleans.Runtime;

namespace Dff.Grains.Clustering;

/// <summary>Work that one silo does for all is the matter of the oldest one. For a moment there may be two of them, or none.</summary>
public sealed class OldestSilo(IClusterMembershipService membership, ILocalSiloDetails me)
{
    public bool IsThis
    {
        get
        {
            var active = membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress);
            var oldest = active.MinBy(silo => (silo.Generation, silo.ToParsableString()));
            return oldest is null || oldest.Equals(me.SiloAddress);
        }
    }
}
