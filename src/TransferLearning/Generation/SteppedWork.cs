using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>Work that gives its results one after the other, off the caller's thread.</summary>
internal static class SteppedWork
{
    /// <summary>Does a step when it is asked for: a slow reader holds the work up, and none continues after the last was asked
    /// for.</summary>
    /// <param name="start">Starts the work, given what is kept.</param>
    /// <param name="begin">What is kept until the last result was read.</param>
    /// <param name="cancellationToken">Ends the work before the next step.</param>
    public static async IAsyncEnumerable<T> Run<T, TUse>(
        Func<TUse, IEnumerable<T>> start, Func<TUse> begin, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TUse : IDisposable
    {
        using TUse use = begin();
        using IEnumerator<T> steps = start(use).GetEnumerator();
        while (await Task.Run(steps.MoveNext, cancellationToken).ConfigureAwait(false))
        {
            yield return steps.Current;
        }
    }
}
