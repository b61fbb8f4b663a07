using System.Diagnostics.CodeAnalysis;

[assembly: SuppressMessage("Interoperability", "CA1416",
    Justification = "The engine runs on Linux only: it rests on Unix sockets, process groups and namespaces.")]
