namespace TransferLearning;

/// <summary>Another model that runs on the batches of a run, as in evaluation and without gradients. It keeps the model alive.</summary>
internal sealed class TeacherNetwork : IDisposable
{
    private readonly ForwardPass _pass;
    private readonly Tensor? _order;
    private readonly IDisposable _use;

    /// <param name="model">The teacher.</param>
    /// <param name="context">The run.</param>
    /// <param name="method">What needs it, for messages.</param>
    /// <param name="sharesClasses">Whether its outputs stand for the classes of the run, and come in their order.</param>
    /// <exception cref="ArgumentException">It cannot serve the run.</exception>
    public TeacherNetwork(TransferModel model, TrainingMethodContext context, TrainingMethod method, bool sharesClasses)
    {
        string name = method.GetType().Name;
        if (ReferenceEquals(model.Module, context.Network))
        {
            throw new ArgumentException($"{name} needs another model beside the one that is trained: load it a second time.");
        }

        if (context.Task is not Classification student || model.LearningTask is not Classification teacher)
        {
            throw new ArgumentException(
                $"{name} is for classifiers of whole samples; this run is for {context.Task.Name}, and its other model for "
                    + $"{model.LearningTask.Name}.");
        }

        if (model.Device != context.Device)
        {
            throw new ArgumentException($"{name} has a model on {model.Device}, and the run is on {context.Device}: move it with To.");
        }

        model.RequireTrainedHead();
        _order = sharesClasses ? Order(student, teacher, name) : null;
        _use = model.Use();
        (Network, _pass) = (model.Module, new ForwardPass(model.Module, model.Device));
        Network.eval();
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Its outputs for inputs, and the maps of some of its layers; they join the caller's dispose scope.</summary>
    public (Tensor Outputs, Tensor[] Maps) Run(ModelInput input, NetworkLayers? layers = null)
    {
        using IDisposable guard = no_grad();
        (Tensor outputs, Tensor[] maps) = layers?.Watch(() => _pass.Run(input).Outputs) ?? (_pass.Run(input).Outputs, []);
        return (_order is null ? outputs : outputs.index_select(1, _order), maps);
    }

    public void Dispose()
    {
        _order?.Dispose();
        _use.Dispose();
    }

    // Outputs are matched by the names of the classes; null where they are in the same order.
    private static Tensor? Order(Classification student, Classification teacher, string name)
    {
        if (!student.HasClassNames || !teacher.HasClassNames)
        {
            return student.ClassCount == teacher.ClassCount
                ? null
                : throw new ArgumentException(
                    $"{name} has a teacher of {teacher.ClassCount} classes, and the run has {student.ClassCount}: train the teacher on the "
                        + "same classes.");
        }

        long[] places = [.. student.ClassNames.Select(one => (long)teacher.ClassNames.ToList().IndexOf(one))];
        if (Array.IndexOf(places, -1) is >= 0 and int missing)
        {
            throw new ArgumentException(
                $"{name} has a teacher with the classes {Dataset.Shown(teacher.ClassNames)}, and the run has "
                    + $"{Dataset.Shown(student.ClassNames)}: '{student.ClassNames[missing]}' is not among the teacher's.");
        }

        return student.ClassNames.SequenceEqual(teacher.ClassNames) ? null : tensor(places).DetachFromDisposeScope();
    }
}
