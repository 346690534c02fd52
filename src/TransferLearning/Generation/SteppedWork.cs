using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>Work that gives its results one after the other, off the caller's thread.</summary>
internal static class SteppedWork
{
    /// <summary>Does a step when it is asked for: a slow reader holds the work up, and none continues after the last was asked
    /// for.</summary>
    /// <param name="start">Starts the work.</param>
    /// <param name="begin">What is kept until the last result was read.</param>
    /// <param name="cancellationToken">Ends the work before the next step.</param>
    public static async IAsyncEnumerable<T> Run<T>(
        Func<IEnumerable<T>> start, Func<IDisposable> begin, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using IDisposable use = begin();
        using IEnumerator<T> steps = start().GetEnumerator();
        while (await Task.Run(steps.MoveNext, cancellationToken).ConfigureAwait(false))
        {
            yield return steps.Current;
        }
    }
}
