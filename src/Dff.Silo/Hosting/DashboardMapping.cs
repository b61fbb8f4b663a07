using Dff.Web.Users;
using Orleans.Dashboard;

namespace Dff.Silo.Hosting;

/// <summary>The Orleans Dashboard, for administrators who are signed in by the cookie that signing in sets.</summary>
internal static class DashboardMapping
{
    private const string Prefix = "/dashboard";

    public static void MapDashboard(this WebApplication app)
    {
        var group = app.MapGroup("");
        group.AddEndpointFilter(async (invocation, next) =>
        {
            var http = invocation.HttpContext;
            var user = await http.RequestServices.GetRequiredService<Authenticator>().FindByCookieAsync(http)
                ?? await http.RequestServices.GetRequiredService<Authenticator>().FindAsync(http);
            return user switch
            {
                null => Results.Text("Sign in as an administrator first.", statusCode: StatusCodes.Status401Unauthorized),
                { IsAdministrator: false } => Results.Text("Only administrators may see this.", statusCode: StatusCodes.Status403Forbidden),
                _ => await next(invocation),
            };
        });
        group.MapOrleansDashboard(Prefix);
    }
}
