using Dff.Abstractions.Crontab;
using Dff.Grains.Crontab;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;

namespace Dff.Grains.Tests.Crontab;

/// <summary>Plans against a model that looks at every single moment, as Cronos lists them.</summary>
public sealed class CatchUpModelTests
{
    /// <summary>Minutes after the cursor; without an end the period goes on.</summary>
    private static readonly Gen<(int Start, int? End)> Period =
        from start in Gen.Choose(-6000, 6000)
        from length in Gen.Choose(1, 2000)
        from isOpen in Gen.Elements(false, false, false, false, true)
        select (start, isOpen ? (int?)null : start + length);

    private static readonly Gen<Given> Requests =
        from schedule in Cases.Schedules
        from isMinutely in Gen.Elements(false, false, true)
        from outage in Gen.OneOf(Gen.Choose(-120, 300), Gen.Choose(1, 1 + (6 * 86400)))
        from misfire in Gen.Elements(MisfirePolicy.Once, MisfirePolicy.All, MisfirePolicy.Skip)
        from grace in Gen.Elements(0, 60, 3600, 3600, 86400, 10 * 86400)
        from overlap in Gen.Elements(OverlapPolicy.Skip, OverlapPolicy.Allow, OverlapPolicy.Queue)
        from unfinished in Gen.Elements(0, 0, 1, 50, 99, 100, 150)
        from expiry in Gen.OneOf(Gen.Constant<int?>(null), Gen.Choose(-100, 6 * 86400).Select(seconds => (int?)seconds))
        from periodCount in Gen.Elements(0, 0, 1, 2, 4)
        from periods in Gen.ArrayOf(Period, periodCount)
        let policies = new CrontabPolicies { Misfire = misfire, MisfireGraceSeconds = grace, Overlap = overlap }
        select Make(isMinutely ? schedule with { Expression = "* * * * *" } : schedule, outage, policies, unfinished, expiry, periods);

    [Fact]
    public void Every_moment_runs_or_is_in_one_record_and_as_the_policies_say()
    {
        var seen = new Dictionary<string, int>();
        Prop.ForAll(Requests.ToArbitrary(), given =>
        {
            var moments = given.Moments();
            var plan = CatchUp.Plan(given.Request);

            var fates = Fates(plan, moments);
            fates.Should().Equal(Model(given.Request, moments), $"{given}");
            plan.Cursor.Should().Be(moments.Count > 0 ? moments[^1] : given.Request.Cursor, $"{given}");
            plan.Runs.Select(run => run.TaskId).Should().OnlyHaveUniqueItems();
            CheckRecords(plan);
            foreach (var fate in fates.Distinct()) seen[fate] = seen.GetValueOrDefault(fate) + 1;
        }).Check(Cases.Many(1000));
        seen.Should().HaveCount(5).And.OnlyContain(fate => fate.Value > 50, "the cases must try everything");
    }

    [Fact]
    public void A_tick_in_between_or_again_leaves_no_moment_out_and_takes_none_twice() =>
        Prop.ForAll(Requests.ToArbitrary(), Gen.Choose(0, 100).ToArbitrary(), (given, percent) =>
        {
            var (cursor, now) = (given.Request.Cursor, given.Request.Now);
            var first = CatchUp.Plan(given.Request with { Now = cursor + ((now - cursor) * percent / 100) });
            var second = CatchUp.Plan(given.Request with { Cursor = first.Cursor });
            var again = CatchUp.Plan(given.Request with { Cursor = second.Cursor });

            var moments = given.Moments();
            var before = moments.Count(moment => moment <= first.Cursor);
            Fates(first, moments.Take(before).ToList()).Should().HaveCount(before);
            Fates(second, moments.Skip(before).ToList()).Should().HaveCount(moments.Count - before);
            again.Should().BeEquivalentTo(new CatchUpPlan([], [], second.Cursor));
        }).Check(Cases.Many(500));

    /// <summary>What the plan says of each moment; fails where one is missing, taken twice or no moment at all.</summary>
    private static List<string> Fates(CatchUpPlan plan, List<DateTimeOffset> moments)
    {
        var fates = moments.ToDictionary(moment => moment, _ => new List<string>());
        foreach (var run in plan.Runs)
        {
            run.TaskId.Should().Be($"cron-c-{run.ScheduledTime.ToUnixTimeSeconds()}");
            fates[run.ScheduledTime].Add("run");
        }

        foreach (var skip in plan.Skips)
        {
            var covered = moments.Where(moment => moment >= skip.First && moment <= skip.Last).ToList();
            (covered.Count, covered[0], covered[^1]).Should().Be(((int)skip.Count, skip.First, skip.Last));
            foreach (var moment in covered) fates[moment].Add($"{skip.Reason}");
        }

        fates.Where(fate => fate.Value.Count != 1).Should().BeEmpty();
        return [.. moments.Select(moment => fates[moment][0])];
    }

    /// <summary>Consecutive moments with one reason are one record.</summary>
    private static void CheckRecords(CatchUpPlan plan)
    {
        plan.Runs.Should().BeInAscendingOrder(run => run.ScheduledTime);
        foreach (var (one, next) in plan.Skips.Zip(plan.Skips.Skip(1)))
        {
            one.Last.Should().BeBefore(next.First);
            if (one.Reason == next.Reason) plan.Runs.Should().Contain(run => run.ScheduledTime > one.Last && run.ScheduledTime < next.First);
        }
    }

    private static List<string> Model(CatchUpRequest request, List<DateTimeOffset> moments)
    {
        bool DisabledAt(DateTimeOffset at) => request.DisabledPeriods.Any(period => at >= period.From && (period.To is null || at < period.To));
        bool ExpiredAt(DateTimeOffset at) => request.ExpireTime is { } expiry && at >= expiry;
        var policies = request.Policies;
        var fates = new string[moments.Count];
        var (taken, runs) = (0, new List<int>());
        for (var i = moments.Count - 1; i >= 0; i--)
        {
            var late = (request.Now - moments[i]).TotalSeconds;
            if (DisabledAt(moments[i])) fates[i] = "Disabled";
            else if (ExpiredAt(moments[i])) fates[i] = "Expired";
            else if (DisabledAt(request.Now)) fates[i] = "Disabled";
            else
            {
                var isOnTime = taken == 0 && late <= 90;
                var isCaughtUp = policies.Misfire != MisfirePolicy.Skip && !ExpiredAt(request.Now) && late <= Math.Max(90, policies.MisfireGraceSeconds)
                    && taken < (policies.Misfire == MisfirePolicy.All ? 100 : 1);
                if (isOnTime || isCaughtUp) runs.Insert(0, i);
                if (isOnTime || isCaughtUp) taken++;
                else fates[i] = ExpiredAt(request.Now) ? "Expired" : "Misfire";
            }
        }

        var unfinished = request.UnfinishedRuns;
        foreach (var i in runs)
        {
            var isInTheWay = policies.Overlap switch
            {
                OverlapPolicy.Skip => request.UnfinishedRuns > 0,
                OverlapPolicy.Queue => unfinished >= 100,
                _ => false,
            };
            fates[i] = isInTheWay ? "Overlap" : "run";
            if (!isInTheWay) unfinished++;
        }

        return [.. fates];
    }

    private static Given Make(Cases.Case schedule, int outage, CrontabPolicies policies, int unfinished, int? expiry, (int Start, int? End)[] periods) =>
        new(schedule, new CatchUpRequest
        {
            ConfigId = "c",
            Schedule = Schedules.Of(schedule.Expression, schedule.Zone),
            Cursor = schedule.From,
            Now = schedule.From.AddSeconds(outage),
            Policies = policies,
            UnfinishedRuns = unfinished,
            ExpireTime = expiry is { } seconds ? schedule.From.AddSeconds(seconds) : null,
            DisabledPeriods =
            [
                .. periods.Select(period => new DisabledPeriod(
                    schedule.From.AddMinutes(period.Start), period.End is { } end ? schedule.From.AddMinutes(end) : null)),
            ],
        });

    private sealed record Given(Cases.Case Schedule, CatchUpRequest Request)
    {
        public List<DateTimeOffset> Moments() =>
            Request.Now <= Request.Cursor ? [] : [.. Cases.ByCronos(Schedule.Expression, Schedule.Zone, Request.Cursor, Request.Now)];
    }
}
