using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>What the CPU calls itself.</summary>
internal static class ProcessorName
{
    /// <summary>The name, or the architecture where the CPU says none.</summary>
    public static string Value { get; } = X86Base.IsSupported && (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax >= 0x80000004
        ? string.Concat(Enumerable.Range(2, 3).SelectMany(leaf => Letters(X86Base.CpuId(unchecked((int)0x80000000) + leaf, 0))))
            .Trim('\0', ' ')
        : RuntimeInformation.ProcessArchitecture.ToString();

    private static IEnumerable<char> Letters((int Eax, int Ebx, int Ecx, int Edx) leaf)
        => new[] { leaf.Eax, leaf.Ebx, leaf.Ecx, leaf.Edx }.SelectMany(BitConverter.GetBytes).Select(letter => (char)letter);
}
