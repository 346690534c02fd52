using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>Attention over several heads (Vaswani et al., 2017), from queries, keys and values that are projected already.</summary>
internal static class HeadAttention
{
    /// <summary>softmax(q kᵀ / sqrt(d)) v for each head.</summary>
    /// <param name="query">[N, L, heads * d].</param>
    /// <param name="key">[N, S, heads * d].</param>
    /// <param name="value">[N, S, heads * d].</param>
    /// <param name="heads">How many heads there are.</param>
    /// <param name="bias">What is added to the scores before softmax, of a shape that fits [N, heads, L, S]; or null.</param>
    /// <param name="dropout">Drops weights in training.</param>
    /// <returns>[N, L, heads * d]; the caller disposes it.</returns>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, long heads, Tensor? bias, Dropout dropout)
    {
        using DisposeScope scope = NewDisposeScope();
        (long samples, long width) = (query.size(0), query.size(2));
        Tensor mixed = DotProductAttention.Run(Split(query), Split(key), Split(value), bias, dropout); // [N, heads, L, d]
        return mixed.transpose(1, 2).reshape(samples, -1, width).MoveToOuterDisposeScope();

        Tensor Split(Tensor x) => x.view(samples, -1, heads, width / heads).transpose(1, 2);
    }
}
