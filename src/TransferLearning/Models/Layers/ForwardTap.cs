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

    /// <summary>Shows the weights of an attention to the tap of this thread, if there is one that asks for them.</summary>
    /// <param name="query">[N, heads, L, d].</param>
    /// <param name="key">[N, heads, S, d].</param>
    /// <param name="mask">What is added to the scores, or null.</param>
    /// <param name="causal">Whether a query sees no later key.</param>
    public static void Attention(Tensor query, Tensor key, Tensor? mask, bool causal)
    {
        ForwardTap? tap = _current;
        while (tap is { OnAttention: null })
        {
            tap = tap._outer;
        }

        if (tap is null)
        {
            return;
        }

        Tensor weights;
        using (NewDisposeScope())
        {
            (long samples, long heads, long length) = (query.size(0), query.size(1), query.size(2));
            Tensor scaled = query.Divide(Math.Sqrt(query.size(3))).flatten(0, 1);
            Tensor scores = scaled.bmm(key.flatten(0, 1).transpose(1, 2)).view(samples, heads, length, -1);
            Tensor? added = mask ?? (causal ? AttentionMask.Later(0, length, query.device) : null);
            weights = (added is null ? scores : scores.Add(added)).softmax(-1).mean([1]).DetachFromDisposeScope();
        }

        tap.OnAttention!(weights);
    }

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
}
