namespace TransferLearning;

/// <summary>
/// How the parts of an input are given their share in a prediction: <see cref="GradCam"/>, <see cref="IntegratedGradients"/>,
/// <see cref="Occlusion"/>, … The score that is explained is the class's logit, or a regression's number.
/// </summary>
public abstract record AttributionMethod
{
    private protected AttributionMethod() { }

    /// <summary>What it is called: <c>Grad-CAM</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Computes the shares. What it returns joins the caller's dispose scope.</summary>
    /// <param name="input">The input and the score.</param>
    /// <param name="work">Who waits.</param>
    /// <exception cref="InvalidOperationException">The method makes no sense for the network or the input.</exception>
    internal abstract Shares Compute(ScoredInput input, ExplanationWork work);
}
