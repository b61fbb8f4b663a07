using Dff.Abstractions.Caching;
using Dff.Storage.AccessKeys;
using Dff.Storage.Users;
using Dff.Web.Users;

namespace Dff.Web.Webhooks;

/// <summary>Which access keys want to hear of which events. Only keys whose user is enabled and may read operation records, from which events are made.</summary>
public sealed class WebhookSubscriptions : IChangeHandler
{
    private readonly AccessKeyRepository _keys;
    private readonly UserRepository _users;
    private volatile IReadOnlyList<(AccessKeyRow Key, IReadOnlyList<string> Events)> _all = [];

    public WebhookSubscriptions(AccessKeyRepository keys, UserRepository users, IChangeFeed changes)
    {
        (_keys, _users) = (keys, users);
        changes.Subscribe(ChangeKind.AccessKey, this);
        changes.Subscribe(ChangeKind.User, this);
    }

    public bool IsEmpty => _all.Count == 0;

    public IEnumerable<AccessKeyRow> To(string eventName) =>
        _all.Where(subscription => subscription.Events.Any(pattern => WebhookEvents.Matches(pattern, eventName))).Select(subscription => subscription.Key);

    /// <summary>False: it was deleted or changed since, or its user was.</summary>
    public bool IsCurrent(AccessKeyRow key) => _all.Any(subscription => subscription.Key == key);

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => ReloadAsync(cancellationToken);

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var keys = await _keys.GetWithWebhookAsync(cancellationToken);
        var mayRead = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var userId in keys.Select(key => key.UserId).Distinct())
        {
            var user = await _users.FindAsync(userId, cancellationToken);
            mayRead[userId] = user is { IsDisabled: false } && Privileges.Of(Privileges.List(user.Roles), user.CustomPrivileges).Contains(Privileges.GeneralRead);
        }

        _all = [.. keys.Where(key => mayRead[key.UserId]).Select(key => (key, Privileges.List(key.WebhookEvents)))];
    }
}
