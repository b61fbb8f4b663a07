using Dff.Silo.Commands;

return await CommandLine.RunAsync(args);
