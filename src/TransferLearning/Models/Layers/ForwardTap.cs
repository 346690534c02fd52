using System.Runtime.CompilerServices;

namespace TransferLearning.Layers;

/// <summary>
/// What one thread sees of the networks that it runs, from the constructor to <see cref="Dispose"/>: the outputs of modules, in whose place
/// it may put other tensors, and the weights of attention, which the fused kernel gives nobody.
/// </summary>
/// <remarks>
/// Each network has one hook on each of its modules from the beginning (<see cref="Install"/>). It does nothing without a tap on its
/// thread, so nothing of a network changes while another thread looks at it. Modules that are run by <c>forward</c> instead of <c>call</c>
/// are not seen.
/// </remarks>
internal sealed class ForwardTap : IDisposable
{
    private static readonly ConditionalWeakTable<nn.Module, object> Hooked = [];

    [ThreadStatic]
    private static ForwardTap? _current;

    private readonly ForwardTap? _outer = _current;

    public ForwardTap() => _current = this;

    /// <summary>Sees the output of a module, and gives what takes its place, or null to leave it.</summary>
    public Func<nn.Module, Tensor, Tensor?>? OnOutput { get; init; }

    /// <summary>Sees the weights of one attention, the mean over its heads, [N, queries, keys]; they belong to no dispose scope, and
    /// whoever sees them disposes them.</summary>
    public Action<Tensor>? OnAttention { get; init; }

    /// <summary>Sees what enters the head; it stays the network's.</summary>
    public Action<Tensor>? OnFeatures { get; init; }

    /// <summary>Gives what enters the head in the place of features, which stay the network's; seen after it.</summary>
    public Func<Tensor, Tensor>? ReplacesFeatures { get; init; }

    /// <summary>Hooks the modules of a network that have no hook yet.</summary>
    public static void Install(nn.Module network)
    {
        foreach (nn.Module<Tensor, Tensor> module in network.modules().OfType<nn.Module<Tensor, Tensor>>())
        {
            if (Hooked.TryAdd(module, Hooked))
            {
                module.register_forward_hook((sender, _, output) => Replacement(sender, output)!);
            }
        }
    }

    /// <summary>What sees the weights of attention on this thread; null where nothing asks for them.</summary>
    public static Action<Tensor>? SeesAttention => Innermost(tap => tap.OnAttention);

    /// <summary>What sees on this thread what enters the head; null where nothing asks for it.</summary>
    public static Action<Tensor>? SeesFeatures => Innermost(tap => tap.OnFeatures);

    /// <summary>What enters the head on this thread in the place of features; themselves where nothing replaces them.</summary>
    public static Tensor Entering(Tensor features) => Innermost(tap => tap.ReplacesFeatures)?.Invoke(features) ?? features;

    public void Dispose() => _current = _outer;

    // The tap that was made last sees an output first, and those around it what it puts in its place.
    private static Tensor? Replacement(nn.Module module, Tensor output)
    {
        Tensor? replacement = null;
        for (ForwardTap? tap = _current; tap is not null; tap = tap._outer)
        {
            replacement = tap.OnOutput?.Invoke(module, replacement ?? output) ?? replacement;
        }

        return replacement;
    }

    private static T? Innermost<T>(Func<ForwardTap, T?> part)
        where T : class
    {
        ForwardTap? tap = _current;
        while (tap is not null && part(tap) is null)
        {
            tap = tap._outer;
        }

        return tap is null ? null : part(tap);
    }
}
