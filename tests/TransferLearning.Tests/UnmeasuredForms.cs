using System.Runtime.CompilerServices;

namespace TransferLearning.Tests;

/// <summary>Tests take the same forms of a network on every machine, whatever is fastest there, and leave no record of it in the user's
/// folder; those of the measuring bring a record of their own.</summary>
internal static class UnmeasuredForms
{
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable(MeasuredForms.Variable, "default");
}
