namespace TransferLearning;

/// <summary>Whether LibTorch may use oneDNN, its fast CPU kernels.</summary>
public enum OneDnnMode
{
    /// <summary>On, except on virtual machines that hide the CPU's cache sizes: there oneDNN 3.7 plans with a cache of one byte,
    /// which ends the process in some convolutions and returns wrong numbers in others, so there it is off.</summary>
    Auto,

    /// <summary>On, whatever the machine. Not safe where <see cref="LibTorch.OneDnnFault"/> is true.</summary>
    On,

    /// <summary>Off: LibTorch's own kernels, about half as fast in convolutions.</summary>
    Off,

    /// <summary>On; and where the cache sizes are hidden, oneDNN's own record of them is cleared so that it falls back to its built-in
    /// guess. This writes into the memory of LibTorch 2.10's library, so it happens only when that exact file is loaded and every field
    /// reads as the fault leaves it, and is followed by a self-test; otherwise oneDNN is switched off.</summary>
    Repaired,
}
