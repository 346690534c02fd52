namespace TransferLearning;

/// <summary>Puts a network into training mode part by part.</summary>
internal static class TrainingMode
{
    /// <summary>A part in which nothing is trained runs as in evaluation: its dropout is off and its batch norms keep their statistics, so
    /// its output depends on the image alone. The parts around trained ones run in training mode.</summary>
    /// <param name="module">The network or a part of it.</param>
    /// <param name="freezeStatistics">False lets frozen batch norms keep learning their statistics.</param>
    public static void Enter(nn.Module module, bool freezeStatistics)
    {
        module.train();
        EvaluateFrozen(module, freezeStatistics);
    }

    private static void EvaluateFrozen(nn.Module module, bool freezeStatistics)
    {
        foreach ((_, nn.Module child) in module.named_children())
        {
            bool hasParameters = false;
            bool isTrained = false;
            foreach (TorchSharp.Modules.Parameter parameter in child.parameters())
            {
                hasParameters = true;
                isTrained |= parameter.requires_grad;
            }

            if (isTrained)
            {
                EvaluateFrozen(child, freezeStatistics);
            }
            else if (hasParameters)
            {
                Evaluate(child, freezeStatistics);
            }
        }
    }

    private static void Evaluate(nn.Module module, bool freezeStatistics)
    {
        module.eval();
        if (!freezeStatistics)
        {
            foreach (nn.Module part in module.modules().Append(module).Where(part => part is BatchNorm2d or TorchSharp.Modules.BatchNorm2d))
            {
                part.train();
            }
        }
    }
}
