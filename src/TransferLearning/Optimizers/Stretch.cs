namespace TransferLearning;

/// <summary>Numbers that follow one another in the memory of a parameter, its gradient and what is remembered of it.</summary>
internal readonly unsafe struct Stretch(float* weights, float* gradients, float* first, float* second, float* third, int count)
{
    /// <summary>How many numbers there are.</summary>
    public readonly int Count = count;

    /// <summary>The parameter's, which an update changes.</summary>
    public readonly float* Weights = weights;

    /// <summary>The gradient's, which it only reads.</summary>
    public readonly float* Gradients = gradients;

    /// <summary>Those of the remembered tensors, in order, which it changes; null for those there are not.</summary>
    public readonly float* First = first, Second = second, Third = third;

    /// <summary>A part of it.</summary>
    public Stretch Part(int start, int count) => new(
        Weights + start, Gradients + start, At(First, start), At(Second, start), At(Third, start), count);

    private static float* At(float* numbers, int start) => numbers is null ? null : numbers + start;
}
